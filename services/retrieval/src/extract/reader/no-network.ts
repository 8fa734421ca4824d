import dgram from 'node:dgram'
import dns from 'node:dns'
import { syncBuiltinESMExports } from 'node:module'
import net from 'node:net'

function refuse(): never {
  throw new Error('There is no network here.')
}

/**
 * Takes the network from this process, for good. Everything in Node that opens a connection goes through these: http, tls and fetch through `Socket.connect`. The
 * permission model of Node 24 covers files, processes, threads and native code, but not the network.
 */
export function takeNetworkAway(): void {
  for (const [owner, names] of [
    [net.Socket.prototype, ['connect']],
    [net.Server.prototype, ['listen']],
    [net, ['connect', 'createConnection', 'createServer']],
    [dgram.Socket.prototype, ['bind', 'connect', 'send', 'addMembership']],
    [dgram, ['createSocket']],
    [dns.Resolver.prototype, resolvers(dns.Resolver.prototype)],
    [dns.promises.Resolver.prototype, resolvers(dns.promises.Resolver.prototype)],
    [dns, resolvers(dns)],
    [dns.promises, resolvers(dns.promises)],
    [globalThis, ['fetch', 'WebSocket', 'EventSource']],
  ] as const) {
    for (const name of names)
      Object.defineProperty(owner, name, { value: refuse, writable: false, configurable: false })
  }
  // What was imported by name before is changed as well.
  syncBuiltinESMExports()
}

const resolvers = (owner: object) =>
  Object.getOwnPropertyNames(owner).filter((name) => /^(resolve|lookup|reverse)/.test(name))
