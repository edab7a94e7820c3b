// Comfort for the console: local times, keys, and care for the live list.
'use strict';
(() => {
  const page = document.documentElement.lang;
  const language = page === 'en' ? 'en-GB' : page; // day before month, as the server writes it
  const clock = new Intl.DateTimeFormat(language, { hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false });
  const day = new Intl.DateTimeFormat(language, { day: 'numeric', month: 'short' });
  const exact = new Intl.DateTimeFormat(language, { dateStyle: 'full', timeStyle: 'long' });
  const localTimes = () => {
    for (const time of document.querySelectorAll('time[datetime]')) {
      const at = new Date(time.dateTime);
      if (isNaN(at)) continue;
      time.title = exact.format(at) + '\n' + time.dateTime;
      if (time.dataset.show === 'clock') {
        time.querySelector('.day').textContent = day.format(at);
        time.querySelector('.clock').textContent = clock.format(at);
      } else if (time.dataset.show === 'exact') {
        time.textContent = exact.format(at);
      }
    }
  };
  localTimes();

  const dialog = document.getElementById('keys');
  const typing = (node) => node.closest('input, textarea, select, [contenteditable]');
  const step = (by) => {
    const links = [...document.querySelectorAll('.row-link')];
    if (!links.length) return;
    const at = links.indexOf(document.activeElement);
    const next = links[at < 0 ? (by > 0 ? 0 : links.length - 1) : Math.min(Math.max(at + by, 0), links.length - 1)];
    next.focus({ preventScroll: true });
    next.closest('tr').scrollIntoView({ block: 'nearest' });
  };
  const keys = {
    j: () => step(1),
    k: () => step(-1),
    '/': () => document.getElementById('filter')?.select(),
    '?': () => dialog?.showModal(),
  };
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || dialog?.open) return;
    if (typing(event.target)) {
      if (event.key === 'Escape') event.target.blur();
      return;
    }
    if (keys[event.key]) { event.preventDefault(); keys[event.key](); }
  });
  for (const button of document.querySelectorAll('[data-keys]')) {
    button.hidden = false;
    button.addEventListener('click', () => dialog.showModal());
  }
  document.querySelector('[data-keys-close]')?.addEventListener('click', () => dialog.close());

  // The list asks for news only while someone can see it, and says so when no answer comes.
  const lost = (is) => { const note = document.getElementById('live-lost'); if (note) note.hidden = !is; };
  document.body.addEventListener('htmx:beforeRequest', (event) => {
    const polling = event.target.hasAttribute('data-live');
    if (polling && (document.hidden || dialog?.open)) event.preventDefault();
  });
  document.body.addEventListener('htmx:beforeSwap', (event) => {
    // Signed out meanwhile: the answer is another page, so go and show it whole.
    const { status, responseText } = event.detail.xhr;
    if (status === 401 || status === 403 || (status < 400 && !responseText.includes('data-live'))) {
      event.preventDefault();
      location.reload();
    }
  });
  document.body.addEventListener('htmx:afterSwap', () => { lost(false); localTimes(); });
  document.body.addEventListener('htmx:sendError', () => lost(true));
  document.body.addEventListener('htmx:responseError', () => lost(true));
})();
