// Runs rp-check, a black-box check of an OpenID provider, against a Gatehouse of
// its own with the configuration that `gatehouse demo --json` prints.
//
//   GATEHOUSE=path node rp-check.mjs FOLDER      where rp-check is installed
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gatehouse } from './processes.mjs';

const [folder] = process.argv.slice(2);
if (!folder || !process.env.GATEHOUSE) throw new Error('usage: GATEHOUSE=path node rp-check.mjs FOLDER');

const dir = await mkdtemp(join(tmpdir(), 'gatehouse-rp-check-'));
try {
  const house = await gatehouse(process.env.GATEHOUSE, dir);
  try {
    const config = join(dir, 'rp-check.json');
    await writeFile(config, JSON.stringify(house.demo.rp_check));
    const { status } = spawnSync(process.execPath, ['rp-check.mjs', '--config', config, '--ci'], {
      cwd: folder,
      stdio: 'inherit',
      env: { ...process.env, NODE_EXTRA_CA_CERTS: house.demo.ca_file },
    });
    process.exitCode = status ?? 1;
  } finally {
    await house.stop();
  }
} finally {
  await rm(dir, { recursive: true, force: true });
}
