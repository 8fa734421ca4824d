import type { AddressInfo } from 'node:net'
import { createInProcessNetwork } from '@tessera/shared/bus/in-process-bus'
import type { Logger } from 'pino'
import { createGateway } from '../src/app.ts'
import type { GatewayConfig } from '../src/config.ts'
import { audience, startIdentityServer } from './identity-server.ts'
import { createPeople, serve, type Served } from './in-test-services.ts'
import type { Scope } from './scope.ts'

type Asked = {
  token?: string
  body?: unknown
  headers?: Record<string, string>
  signal?: AbortSignal
}

/** A listening gateway with the in-process bus, an identity provider, and services that serve what the test gives. */
export async function startGateway(
  t: Scope,
  served: Served = {},
  { config = {}, logger }: { config?: Partial<GatewayConfig>; logger?: Logger } = {},
) {
  const network = createInProcessNetwork()
  const identity = await startIdentityServer(t)
  const people = createPeople()
  people.providers.push({ issuer: identity.issuer, audience, jwksUrl: identity.jwksUrl })
  const access = served.access === 'down' ? served.access : { ...people.handlers, ...served.access }
  await serve(network, { ...served, access })
  const bus = network.join('gateway')
  const gateway = await createGateway({
    bus,
    config: {
      revisionTokenKey: 'a key for tests, of no other use',
      coolDownMs: 0,
      jwksCoolDownMs: 0,
      closeGraceMs: 1000,
      ...config,
    },
    ...(logger && { logger }),
  })
  await gateway.app.listen({ port: 0, host: '127.0.0.1' })
  t.after(async () => {
    await gateway.close()
    await bus.close({ graceMs: 100 })
  })
  const url = `http://127.0.0.1:${(gateway.app.server.address() as AddressInfo).port}`
  return {
    url,
    gateway,
    network,
    identity,
    people,
    token: (subject = 'ana') => identity.token(subject),
    /** Asks over HTTP; `body` is sent as JSON. */
    ask: (method: string, path: string, { token, body, headers = {}, signal }: Asked = {}) =>
      fetch(`${url}${path}`, {
        method,
        headers: {
          ...(token !== undefined && { authorization: `Bearer ${token}` }),
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
        ...(signal && { signal }),
      }),
  }
}

export type ProblemBody = {
  type: string
  title: string
  status: number
  code: string
  detail: string
  instance: string
  traceId: string
  errors?: { field: string; rule: string }[]
  meta?: Record<string, unknown>
}

export const problemIn = async (response: Response) => (await response.json()) as ProblemBody
