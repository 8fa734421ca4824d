import { spawn } from 'node:child_process'
import dgram from 'node:dgram'
import dns from 'node:dns'
import { readFileSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import http2 from 'node:http2'
import net from 'node:net'
import tls from 'node:tls'
import { Worker } from 'node:worker_threads'
import { takeNetworkAway } from '../../src/extract/reader/no-network.ts'

takeNetworkAway()

/** Every way to a server on this machine, and to what a parser has no business with. Each answers what came of it. */
process.on('message', (port: number) => void tryAll(port))

async function tryAll(port: number) {
  const url = `http://127.0.0.1:${port}/`
  const answered = (emitter: NodeJS.EventEmitter, event: string) =>
    new Promise((resolve, reject) => emitter.once(event, resolve).once('error', reject))
  const ways: Record<string, () => unknown> = {
    fetch: () => fetch(url),
    http: () => answered(http.get(url), 'response'),
    http2: () => answered(http2.connect(url), 'connect'),
    net: () => answered(net.connect(port, '127.0.0.1'), 'connect'),
    socket: () => answered(new net.Socket().connect(port, '127.0.0.1'), 'connect'),
    tls: () => answered(tls.connect(port, '127.0.0.1'), 'secureConnect'),
    udp: () => new Promise((resolve) => dgram.createSocket('udp4').send('a', port, '127.0.0.1', resolve)),
    lookup: () => dns.promises.lookup('localhost'),
    resolver: () => new dns.promises.Resolver().resolve4('localhost'),
    WebSocket: () => answered(new WebSocket(url) as unknown as NodeJS.EventEmitter, 'open'),
    listen: () => net.createServer().listen(0),
    write: () => writeFileSync('/tmp/tessera-isolated', 'a'),
    read: () => readFileSync('/etc/hostname'),
    process: () => spawn('true'),
    thread: () => new Worker('1', { eval: true }),
    native: () => process.dlopen({ exports: {} }, '/nowhere.node'),
    // oxlint-disable-next-line typescript/no-implied-eval -- whether it is refused is the question
    code: () => new Function('return 1')() as unknown,
  }
  const outcomes: Record<string, string> = {}
  for (const [name, way] of Object.entries(ways)) {
    try {
      await way()
      outcomes[name] = 'reached'
    } catch (error) {
      outcomes[name] = error instanceof Error ? ('code' in error && String(error.code)) || error.message : String(error)
    }
  }
  // oxlint-disable-next-line node/no-process-env -- whether it is empty is the question
  outcomes['environment'] = JSON.stringify(process.env)
  process.send?.(outcomes)
}
