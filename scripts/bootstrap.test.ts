import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import test from 'node:test'
import { ownNode, run } from './bootstrap.mjs'

const bootstrap = fileURLToPath(new URL('./bootstrap.mjs', import.meta.url))

test('the exit code of the program is answered, and a death by signal as shells count it', async () => {
  assert.equal(await run(process.execPath, ['-e', 'process.exit(3)']), 3)
  assert.equal(await run(process.execPath, ['-e', 'process.kill(process.pid, "SIGKILL")']), 137)
})

test("the repository's own Node is the one that TypeScript runs on", async () => {
  assert.equal(await run(ownNode(), ['-e', 'process.exit(Number(process.versions.node.split(".")[0]))']), 24)
})

test('SIGTERM reaches the program, which ends in its own way', async () => {
  const program = 'process.on("SIGTERM", () => process.exit(42)); setInterval(() => {}, 1000); console.log("ready")'
  const script = `const { run } = await import(${JSON.stringify(bootstrap)})
    process.exitCode = await run(process.execPath, ['-e', ${JSON.stringify(program)}])`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(child.stdout, 'data')
  child.kill('SIGTERM')
  const [code] = await once(child, 'close')
  assert.equal(code, 42)
})
