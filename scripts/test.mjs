// npm test: the checks, then every test against the real servers. npm test -- <paths>: only the tests under these paths, without the checks.
import { install, ownNode, run } from './bootstrap.mjs'

const paths = process.argv.slice(2)

async function test() {
  await install()
  if (paths.length === 0) {
    const checks = await run('npm', ['run', '--silent', 'check'])
    if (checks !== 0) return checks
  }
  return run(ownNode(), ['packages/testkit/src/run-tests/main.ts', ...paths])
}

process.exitCode = await test()
