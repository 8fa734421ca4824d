import { connect } from 'nats'
import { randomName } from './random-name.ts'
import { sharedServer } from './shared-server.ts'
import type { TestScope } from './test-scope.ts'

/** The shared NATS server and a prefix for every subject and every stream that the test makes there. */
export type TestBus = { url: string; prefix: string }

/** A prefix of its own on the shared NATS server; JetStream streams whose name begins with it are removed with the test. */
export async function bus(t: TestScope): Promise<TestBus> {
  const url = await sharedServer('nats')
  const prefix = randomName('test')
  t.after(() => removeStreams(url, prefix))
  return { url, prefix }
}

async function removeStreams(url: string, prefix: string): Promise<void> {
  const connection = await connect({ servers: url, name: 'testkit' })
  try {
    const manager = await connection.jetstreamManager()
    const names: string[] = []
    for await (const name of manager.streams.names()) if (name.toLowerCase().startsWith(prefix)) names.push(name)
    for (const name of names) await manager.streams.delete(name)
  } finally {
    await connection.close()
  }
}
