import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestScope } from './test-scope.ts'

/** Starts an HTTP server on a free port of this machine, closed with the test. Returns its URL without a slash at the end. */
export async function listen(t: TestScope, server: Server): Promise<string> {
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  t.after(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  )
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
