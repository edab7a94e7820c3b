// Sends the answer of response_mode=form_post on at once; without scripts the button does it.
'use strict';
HTMLFormElement.prototype.submit.call(document.getElementById('form-post'));
