// An application that speaks OpenID Connect through openid-client: code flow
// with PKCE, a refresh token, UserInfo, and logout at the provider. It keeps one
// person's sign-in in memory, which is enough for one browser.
import express from 'express';
import * as client from 'openid-client';

const base = process.env.BASE_URL;
const config = await client.discovery(new URL(process.env.ISSUER), process.env.CLIENT_ID, process.env.CLIENT_SECRET);

let pending; // what the callback must match
let tokens; // of the person who is signed in
let subject;

const app = express();

app.get('/', (_, res) => {
  res.send(`<!doctype html><title>openid-client</title><p id="state">${tokens ? 'signed in' : 'signed out'}</p>`);
});

app.get('/login', async (_, res) => {
  const verifier = client.randomPKCECodeVerifier();
  pending = { pkceCodeVerifier: verifier, expectedState: client.randomState(), expectedNonce: client.randomNonce() };
  const target = client.buildAuthorizationUrl(config, {
    redirect_uri: `${base}/callback`,
    scope: 'openid profile email offline_access',
    prompt: 'consent', // OpenID Connect Core §11 asks for it with offline_access
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state: pending.expectedState,
    nonce: pending.expectedNonce,
  });
  res.redirect(target.href);
});

app.get('/callback', async (req, res) => {
  tokens = await client.authorizationCodeGrant(config, new URL(req.originalUrl, base), { ...pending, idTokenExpected: true });
  subject = tokens.claims().sub;
  res.redirect('/profile');
});

app.get('/profile', async (_, res) => {
  const claims = tokens.claims();
  const told = await client.fetchUserInfo(config, tokens.access_token, subject);
  res.send(`<!doctype html><title>profile</title>
    <p id="sub">${claims.sub}</p><p id="email">${claims.email}</p><p id="userinfo">${told.sub}</p>`);
});

app.get('/refresh', async (_, res) => {
  const before = tokens;
  tokens = await client.refreshTokenGrant(config, before.refresh_token);
  tokens.refresh_token ??= before.refresh_token;
  tokens.id_token ??= before.id_token;
  const told = await client.fetchUserInfo(config, tokens.access_token, subject);
  res.send(`<!doctype html><title>refresh</title>
    <p id="renewed">${tokens.access_token !== before.access_token}</p>
    <p id="rotated">${tokens.refresh_token !== before.refresh_token}</p><p id="userinfo">${told.sub}</p>`);
});

app.get('/logout', (_, res) => {
  const target = client.buildEndSessionUrl(config, { id_token_hint: tokens.id_token, post_logout_redirect_uri: base });
  tokens = undefined;
  res.redirect(target.href);
});

// The browser sees what went wrong, so that a failing journey can report it.
app.use((error, _req, res, _next) => {
  console.error(error);
  res.status(500).send(`<!doctype html><title>error</title><pre id="state">${error.code ?? ''} ${error.message}</pre>`);
});

const { port } = new URL(base);
app.listen(Number(port), '127.0.0.1', () => console.log('ready'));
