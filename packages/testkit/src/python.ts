import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { cached } from './stack/cache.ts'
import { report } from './stack/report.ts'
import { run } from './stack/run.ts'

/** Runs a Python script with packages of PyPI at hand, for tests with a client that is not ours. */
export type Python = (script: string, args: readonly string[], input?: string) => Promise<string>

/** Fetches the packages (`openai==3.54.0`) into the cache the first time. */
export async function python(...packages: readonly string[]): Promise<Python> {
  const name = `python-${packages.join('-').replaceAll(/[^a-z0-9.-]+/gi, '_')}`
  const folder = await cached(name, async (into) => {
    report(`fetching for Python: ${packages.join(', ')}`)
    await run('python3', [
      '-m',
      'pip',
      'install',
      '--quiet',
      '--disable-pip-version-check',
      '--target',
      into,
      ...packages,
    ])
  })
  const execute = promisify(execFile)
  return async (script, args, input) => {
    const running = execute('python3', [script, ...args], {
      env: { ...process.env, PYTHONPATH: folder },
      timeout: 60_000,
    })
    running.child.stdin?.end(input ?? '')
    return (await running).stdout
  }
}
