// Builds Gatehouse, serves it from an empty folder, and lets each third-party
// application sign a person up, in and out in headless Chromium over HTTPS.
//
//   npm ci && node run.mjs            builds ../../cmd/gatehouse itself
//   GATEHOUSE=path node run.mjs       takes a finished binary
//   CHROMIUM=path node run.mjs        takes another browser than /usr/bin/chromium
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { journeys } from './journeys.mjs';
import { application, browser, build, gatehouse } from './processes.mjs';

const base = 'http://localhost:3000'; // registered by `gatehouse demo`
const dir = await mkdtemp(join(tmpdir(), 'gatehouse-clients-'));
const count = { passed: 0, failed: 0 };

// stepOf reports every step as it ends. The first that fails ends its journey:
// what follows would only repeat it.
function stepOf(journey, page) {
  return async (sentence, act) => {
    const began = performance.now();
    try {
      await act();
    } catch (error) {
      error.message = `${sentence}: ${error.message}\n  at ${page.url()}: ${(await page.textContent('body')).replace(/\s+/g, ' ').slice(0, 500)}`;
      throw error;
    }
    count.passed++;
    console.log(`ok    ${journey.name} ${sentence} (${Math.round(performance.now() - began)} ms)`);
  };
}

async function travel(journey, chromium, demo) {
  const app = await application(await journey.command(dir), base, demo);
  const context = await chromium.newContext();
  try {
    const page = await context.newPage();
    page.setDefaultTimeout(15_000);
    await journey.run({
      step: stepOf(journey, page),
      page,
      base,
      issuer: demo.issuer,
      email: `${journey.name}@people.example`,
      password: 'Long-enough-4-Everyone',
    });
  } catch (error) {
    count.failed++;
    console.log(`FAIL  ${journey.name} ${error.stack}\n--- ${app.name}\n${app.output}`);
  } finally {
    await context.close();
    await app.stop();
  }
}

const stops = [() => rm(dir, { recursive: true, force: true })];
try {
  const house = await gatehouse(process.env.GATEHOUSE ?? (await build(dir, './cmd/gatehouse')), dir);
  stops.unshift(house.stop);
  const chromium = await browser(dir, house.demo.ca_file);
  stops.unshift(() => chromium.close());
  for (const journey of journeys) await travel(journey, chromium, house.demo);
} catch (error) {
  count.failed++;
  console.log(`FAIL  ${error.stack}`);
} finally {
  for (const stop of stops) await stop();
}
console.log(`${count.passed} passed, ${count.failed} failed`);
process.exitCode = count.failed > 0 ? 1 : 0;
