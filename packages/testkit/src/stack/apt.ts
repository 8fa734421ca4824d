import { join } from 'node:path'
import { cacheDirectory } from './cache.ts'
import { withLock } from './lock.mjs'
import { report, step } from './report.ts'
import { run, tryRun } from './run.ts'

let updated = false

/** Installs a Debian package where that is possible without asking: as root, with apt-get. Says so first; answers false where it can't be had. */
export async function installWithApt(...names: string[]): Promise<boolean> {
  if (process.getuid?.() !== 0 || (await tryRun('apt-get', ['--version'])) === undefined) return false
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  try {
    const install = async () => {
      if (!updated) await run('apt-get', ['update', '-qq'], { env })
      updated = true
      await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...names], { env })
    }
    // Servers are provisioned side by side, and dpkg allows one at a time.
    await withLock(join(cacheDirectory(), 'apt.lock'), () => step(`apt-get install ${names.join(' ')}`, install))
    return true
  } catch (error) {
    report(`apt-get could not install ${names.join(' ')}: ${(error as Error).message.split('\n')[0]}`)
    return false
  }
}
