import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import type { TestScope } from './test-scope.ts'

/** A way to a server which can be made to fail as networks do. */
export type TcpProxy = {
  /** The port on 127.0.0.1 to connect to instead of the server's. */
  port: number
  /** Resets every connection, and each new one at once: the server is unreachable. */
  cut: () => void
  /** Keeps connections open and lets new ones in, but passes nothing on in either direction: the server is silent. What was held back passes after `restore`. */
  stall: () => void
  /** Works again. */
  restore: () => void
}

type Mode = 'open' | 'stalled' | 'cut'
type Pair = { near: Socket; far: Socket }

/** Forwards connections to a server. Closed with the test, and every connection through it. */
export async function tcpProxy(t: TestScope, target: { host: string; port: number }): Promise<TcpProxy> {
  let mode: Mode = 'open'
  const pairs = new Set<Pair>()
  const server = createServer({ allowHalfOpen: true }, (near) => {
    if (mode === 'cut') return void near.resetAndDestroy()
    const far = connect({ ...target, allowHalfOpen: true })
    const pair = { near, far }
    pairs.add(pair)
    for (const socket of [near, far]) {
      socket.setNoDelay(true)
      socket.on('error', () => undefined)
      socket.on('close', () => pairs.delete(pair))
    }
    const flows = () => mode === 'open'
    pass(near, far, flows)
    pass(far, near, flows)
    if (mode === 'stalled') hold(pair)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const reset = () => {
    for (const { near, far } of pairs) {
      near.resetAndDestroy()
      far.destroy()
    }
    pairs.clear()
  }
  t.after(async () => {
    reset()
    await new Promise((resolve) => server.close(resolve))
  })
  return {
    port: (server.address() as AddressInfo).port,
    cut: () => {
      mode = 'cut'
      reset()
    },
    stall: () => {
      mode = 'stalled'
      for (const pair of pairs) hold(pair)
    },
    restore: () => {
      mode = 'open'
      for (const { near, far } of pairs) {
        near.resume()
        far.resume()
      }
    },
  }
}

function hold({ near, far }: Pair): void {
  near.pause()
  far.pause()
}

/** Passes bytes on, no faster than the receiver takes them, and each side's end. */
function pass(from: Socket, to: Socket, flows: () => boolean): void {
  from.on('data', (chunk) => {
    if (!to.write(chunk)) from.pause()
  })
  to.on('drain', () => {
    if (flows()) from.resume()
  })
  from.on('end', () => to.end())
  from.on('close', (broken) => (broken ? to.destroy() : to.end()))
}
