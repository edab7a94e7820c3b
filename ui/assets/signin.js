// Comfort for the sign-in pages; every form works without it.
'use strict';
for (const button of document.querySelectorAll('[data-reveal]')) {
  const input = document.getElementById(button.dataset.reveal);
  button.hidden = false;
  button.addEventListener('click', () => {
    const show = input.type === 'password';
    input.type = show ? 'text' : 'password';
    button.textContent = show ? button.dataset.hide : button.dataset.show;
    button.setAttribute('aria-pressed', String(show));
    input.focus();
  });
  // A password shown on screen is not sent as a text field, so that no browser offers to remember it as one.
  input.form.addEventListener('submit', () => { input.type = 'password'; });
}
