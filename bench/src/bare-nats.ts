import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { bus } from '@tessera/testkit/bus'
import type { TestScope } from '@tessera/testkit/test-scope'
import { connect } from 'nats'

/** One request of 1 KB and its reply between two processes over NATS, without Tessera. */
export async function bareNats(t: TestScope): Promise<() => Promise<void>> {
  const { url, prefix } = await bus(t)
  const subject = `${prefix}.echo`
  const program = fileURLToPath(new URL('./echo.ts', import.meta.url))
  const child = spawn(process.execPath, [program, url, subject], { stdio: ['ignore', 'pipe', 'inherit'] })
  t.after(() => void child.kill())
  await once(child.stdout, 'data')
  const connection = await connect({ servers: url })
  t.after(() => connection.close())
  const payload = new Uint8Array(1024)
  return async () => {
    await connection.request(subject, payload)
  }
}
