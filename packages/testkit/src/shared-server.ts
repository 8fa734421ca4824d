import { keepStack } from './stack/stack.ts'
import { serverUrl } from './stack/server.ts'
import type { ServerKind } from './stack/server-kind.ts'
import { report } from './stack/report.ts'

const urls = new Map<ServerKind, Promise<string>>()

/** The URL of a server of the shared stack. A test file that is run alone starts it, and leaves it running for the next one. */
export function sharedServer(kind: ServerKind): Promise<string> {
  const known = urls.get(kind) ?? find(kind)
  urls.set(kind, known)
  return known
}

async function find(kind: ServerKind): Promise<string> {
  const { url, started } = await serverUrl(kind)
  if (started) {
    await keepStack()
    report(`${kind} keeps running; stop it with: node packages/testkit/src/stack/main.ts down`)
  }
  return url
}
