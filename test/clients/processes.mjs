// Starts what a journey needs (Gatehouse, an application, a browser) and ends
// it again: only processes started here, each by its own handle.
import { execFile, spawn } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import net from 'node:net';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { chromium } from 'playwright-core';

const run = promisify(execFile);

// freePort asks the system for a port that nobody listens on.
export function freePort() {
  return new Promise((resolve, reject) => {
    const probe = net.createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

// start runs a program until `ready` answers true for its output or an attempt
// of the caller; its output is kept to explain a failure.
function start(name, command, args, env) {
  const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  const program = { name, output: '', ended: false };
  const keep = (chunk) => (program.output = (program.output + chunk).slice(-20_000));
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const gone = new Promise((resolve) => child.once('close', resolve)).then(() => (program.ended = true));
  child.once('error', (error) => keep(`${error}\n`));
  program.stop = async () => {
    if (program.ended) return;
    child.kill('SIGTERM');
    const late = setTimeout(() => child.kill('SIGKILL'), 10_000);
    await gone;
    clearTimeout(late);
  };
  return program;
}

async function until(program, ready, seconds = 30) {
  for (const end = Date.now() + seconds * 1000; Date.now() < end; ) {
    if (program.ended) throw new Error(`${program.name} ended early:\n${program.output}`);
    if (await ready()) return program;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await program.stop();
  throw new Error(`${program.name} was not ready after ${seconds} s:\n${program.output}`);
}

function listening(port) {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1', () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('connect', () => socket.end());
  });
}

// build compiles a Go command of this repository.
export async function build(dir, target) {
  const binary = join(dir, basename(target));
  await run('go', ['build', '-o', binary, target], { cwd: join(import.meta.dirname, '..', '..') });
  return binary;
}

// gatehouse serves a new, empty house with the demo in it.
export async function gatehouse(binary, dir) {
  const port = await freePort();
  const data = join(dir, 'data');
  const args = ['serve', '--data', data, '--listen', `127.0.0.1:${port}`, '--public-url', `https://localhost:${port}`];
  const server = await until(start('gatehouse serve', binary, args), () => listening(port));
  try {
    const { stdout } = await run(binary, ['demo', '--data', data, '--json']);
    return { ...server, stop: server.stop, demo: JSON.parse(stdout) };
  } catch (error) {
    await server.stop();
    throw new Error(`gatehouse demo failed: ${error.message}\n${server.output}`);
  }
}

// application runs a third-party application with the demo's confidential client.
export async function application(command, base, demo) {
  const { port } = new URL(base);
  if (await listening(Number(port))) throw new Error(`port ${port} is in use; the demo's client returns there`);
  const env = {
    ISSUER: demo.issuer,
    BASE_URL: base,
    CLIENT_ID: demo.clients.main.client_id,
    CLIENT_SECRET: demo.clients.main.client_secret,
    COOKIE_SECRET: 'a secret of this run, long enough to sign cookies with',
    NODE_EXTRA_CA_CERTS: demo.ca_file,
    SSL_CERT_FILE: demo.ca_file, // what Go reads
  };
  const [program, ...args] = command;
  return until(start(command.join(' '), program, args, env), () => listening(Number(port)));
}

// browser opens Chromium with a home of its own, in whose certificate store the
// local CA is trusted: no check is switched off.
export async function browser(dir, caFile) {
  const home = join(dir, 'home');
  const store = join(home, '.pki', 'nssdb');
  await mkdir(store, { recursive: true });
  await run('certutil', ['-d', `sql:${store}`, '-N', '--empty-password']);
  await run('certutil', ['-d', `sql:${store}`, '-A', '-t', 'C,,', '-n', 'gatehouse', '-i', caFile]);
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-dev-shm-usage'],
    env: { ...process.env, HOME: home },
  });
}
