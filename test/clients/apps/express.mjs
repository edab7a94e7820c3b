// An application that protects its pages with express-openid-connect, as that
// library's own documentation shows it.
import express from 'express';
import oidc from 'express-openid-connect';

const app = express();

app.use(
  oidc.auth({
    issuerBaseURL: process.env.ISSUER,
    baseURL: process.env.BASE_URL,
    clientID: process.env.CLIENT_ID,
    clientSecret: process.env.CLIENT_SECRET,
    secret: process.env.COOKIE_SECRET,
    authRequired: false,
    idpLogout: true,
    authorizationParams: { response_type: 'code', scope: 'openid profile email' },
  }),
);

app.get('/', (req, res) => {
  const state = req.oidc.isAuthenticated() ? 'signed in' : 'signed out';
  res.send(`<!doctype html><title>express</title><p id="state">${state}</p>`);
});

app.get('/profile', oidc.requiresAuth(), async (req, res) => {
  const told = await req.oidc.fetchUserInfo();
  res.send(`<!doctype html><title>profile</title>
    <p id="sub">${req.oidc.user.sub}</p><p id="email">${req.oidc.user.email}</p><p id="userinfo">${told.sub}</p>`);
});

const { port } = new URL(process.env.BASE_URL);
app.listen(Number(port), '127.0.0.1', () => console.log('ready'));
