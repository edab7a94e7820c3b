// The journeys: what a person does with an application, step by step. Each step
// is a sentence and either holds or throws.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { build } from './processes.mjs';

const node = (script) => () => [process.execPath, join(import.meta.dirname, 'apps', script)];
const wrong = 'not-the-Passw0rd-at-all';

// The hosted pages, by the stable ids that they promise.
const hosted = {
  async fill(page, email, password) {
    await page.fill('#username, #email', email);
    await page.fill('#password', password);
    await page.click('#submit');
  },
  // agree answers the consent page where one comes before the application.
  async agree(page, base) {
    await page.waitForURL((url) => url.href.startsWith(base) || url.pathname === '/u/consent');
    if (new URL(page.url()).pathname === '/u/consent') await page.click('#submit');
    await page.waitForURL((url) => url.href.startsWith(base));
  },
};

// signInUpAndOut is what every application must be able to do.
async function signInUpAndOut({ step, page, base, issuer, email, password }) {
  const home = new URL(issuer).origin;
  const text = (id) => page.textContent(`#${id}`);
  let subject;

  await step('shows that nobody is signed in', async () => {
    await page.goto(base);
    assert.equal(await text('state'), 'signed out');
  });
  await step('sends the person to the hosted login page', async () => {
    await page.goto(`${base}/login`);
    assert.equal(new URL(page.url()).origin, home);
    assert.ok(await page.isVisible('#username'));
  });
  await step('lets a new person sign up there', async () => {
    await page.click('#sign-up');
    await page.waitForSelector('#submit');
    await hosted.fill(page, email, password);
    await hosted.agree(page, base);
  });
  await step('knows who signed up', async () => {
    await page.goto(`${base}/profile`);
    subject = await text('sub');
    assert.match(subject, /^auth0\|./);
    assert.equal(await text('email'), email);
    assert.equal(await text('userinfo'), subject);
  });
  return {
    async signOutAndInAgain() {
      await step('signs the person out at the provider and gets them back, unasked', async () => {
        await page.goto(`${base}/logout`);
        assert.equal(new URL(page.url()).origin, new URL(base).origin, `stopped at ${page.url()}`);
        assert.equal(await text('state'), 'signed out');
      });
      await step('has to ask for the password again', async () => {
        await page.goto(`${base}/login`);
        assert.equal(new URL(page.url()).origin, home);
        assert.ok(await page.isVisible('#password'));
      });
      await step('is not reached with a wrong password, and the page says so', async () => {
        await hosted.fill(page, email, wrong);
        await page.waitForSelector('[role=alert], [aria-invalid=true]');
        assert.equal(new URL(page.url()).origin, home);
        assert.equal(await page.inputValue('#username'), email);
        assert.equal(await page.inputValue('#password'), '');
      });
      await step('meets the same person again after the right one', async () => {
        await hosted.fill(page, email, password);
        await hosted.agree(page, base);
        await page.goto(`${base}/profile`);
        assert.equal(await text('sub'), subject);
      });
    },
    subject: () => subject,
  };
}

export const journeys = [
  {
    name: 'express-openid-connect',
    command: node('express.mjs'),
    async run(scene) {
      const person = await signInUpAndOut(scene);
      await person.signOutAndInAgain();
      const { step, page, base } = scene;
      await step('signs a person with a session in without a page', async () => {
        const { hostname } = new URL(base);
        await page.context().clearCookies({ name: 'appSession', domain: hostname });
        await page.goto(`${base}/profile`);
        assert.equal(await page.textContent('#sub'), person.subject());
      });
    },
  },
  {
    name: 'openid-client',
    command: node('openid.mjs'),
    async run(scene) {
      const person = await signInUpAndOut(scene);
      const { step, page, base } = scene;
      const refresh = async () => {
        await page.goto(`${base}/refresh`);
        assert.equal(await page.textContent('#renewed'), 'true');
        assert.equal(await page.textContent('#rotated'), 'true');
        assert.equal(await page.textContent('#userinfo'), person.subject());
      };
      await step('renews its tokens, and the refresh token with them', refresh);
      await step('renews them again with the new refresh token', refresh);
      await person.signOutAndInAgain();
    },
  },
  {
    name: 'go-oidc',
    command: async (dir) => [await build(dir, './docs/examples/goapp')],
    async run(scene) {
      const person = await signInUpAndOut(scene);
      await person.signOutAndInAgain();
    },
  },
];
