import { isDeepStrictEqual } from 'node:util'
import type { Bus } from '@tessera/shared/bus/bus'
import { accessContract } from '@tessera/shared/contracts/access-control'
import { ok, type Result } from '@tessera/shared/fault/result'
import { type Clock, systemClock } from '@tessera/shared/time/clock'
import { createLocalJWKSet, createRemoteJWKSet, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose'

export type IdentityProvider = {
  readonly issuer: string
  readonly audience: string
  /** Unknown while an older access-control answers; its tokens can't be exchanged then. */
  readonly workspaceId?: string
  readonly keys: JWTVerifyGetKey
}

export type IdentityProviders = {
  /** The providers of this issuer. One that is not known is looked for again, but not more often than the cool-down allows. */
  of(issuer: string): Promise<Result<readonly IdentityProvider[]>>
}

type Options = { bus: Bus; maxAgeMs: number; coolDownMs: number; jwksCoolDownMs: number; clock?: Clock }

/**
 * The identity providers of all workspaces. The list only says whose signatures are worth checking; that a provider still belongs to a workspace is
 * asked for each request (`access.identify`), so an old list admits nobody.
 */
export function createIdentityProviders({ bus, clock = systemClock, ...options }: Options): IdentityProviders {
  const access = bus.connectTo(accessContract)
  const keySets = createKeySets(options.jwksCoolDownMs)
  let providers: readonly IdentityProvider[] = []
  let readAtMs = -Infinity
  let reading: Promise<Result<void>> | undefined

  async function read(): Promise<Result<void>> {
    const call = bus.callFor(
      { workspaceId: '', subject: 'system:gateway', actors: [], scopes: [] },
      { timeoutMs: accessContract.operations.listProviders.timeoutMs },
    )
    const listed = await access.listProviders({}, call)
    if (!listed.ok) return listed
    providers = listed.value.providers.flatMap(({ issuer, audience, workspaceId, jwksUrl, jwks }) => {
      const keys = keySets.of(jwksUrl, jwks)
      return keys ? [{ issuer, audience, keys, ...(workspaceId !== undefined && { workspaceId }) }] : []
    })
    readAtMs = clock.nowMs()
    return ok()
  }

  const refresh = () =>
    (reading ??= read().finally(() => {
      reading = undefined
    }))

  return {
    async of(issuer) {
      const find = () => providers.filter((provider) => provider.issuer === issuer)
      const ageMs = clock.nowMs() - readAtMs
      if (ageMs > options.maxAgeMs || (find().length === 0 && ageMs > options.coolDownMs)) {
        const read = await refresh()
        if (!read.ok && find().length === 0) return read
      }
      return ok(find())
    },
  }
}

/** Key sets outlive a reading of the list, so that their own caches and cool-downs do. */
function createKeySets(cooldownDuration: number) {
  const remote = new Map<string, JWTVerifyGetKey>()
  const inline: { jwks: unknown; keys: JWTVerifyGetKey }[] = []
  return {
    of(jwksUrl: string | undefined, jwks: unknown): JWTVerifyGetKey | undefined {
      try {
        return jwksUrl === undefined ? ofInline(jwks) : ofRemote(jwksUrl)
      } catch {
        // A set that jose refuses verifies nothing; the provider's tokens are then refused.
        return undefined
      }
    },
  }

  function ofRemote(url: string) {
    const keys = remote.get(url) ?? createRemoteJWKSet(new URL(url), { cooldownDuration })
    remote.set(url, keys)
    return keys
  }

  function ofInline(jwks: unknown) {
    const known = inline.find((entry) => isDeepStrictEqual(entry.jwks, jwks))
    if (known) return known.keys
    const keys = createLocalJWKSet(jwks as JSONWebKeySet)
    inline.push({ jwks, keys })
    return keys
  }
}
