import type { Identity } from './identity.ts'

/** Past this a key is looked up again whatever happened, so that it is noted as used. */
const MAX_AGE_MS = 30_000
const LIMIT = 10_000

type Remembered = Identity & { readonly revision: number }

/**
 * Whom keys stood for, by the hash of their secrets, and at which revision of their workspace. Whoever acts on one asks whether that is still the present revision: a key that was
 * revoked, or whose principal was deactivated, has raised it. A key that ends by the clock raises nothing, so it is remembered no longer than that.
 */
export function createRememberedKeys(now: () => number = Date.now) {
  const remembered = new Map<string, { identity: Remembered; untilMs: number }>()
  return {
    get(secretHash: string): Remembered | undefined {
      const found = remembered.get(secretHash)
      if (!found || found.untilMs > now()) return found?.identity
      remembered.delete(secretHash)
      return undefined
    },
    /** `askedAtMs`: when the question was sent that the answer is from. */
    put(secretHash: string, identity: Identity, { askedAtMs, revision, validForMs = Infinity }: Found): void {
      if (remembered.size >= LIMIT) remembered.clear()
      remembered.set(secretHash, {
        identity: { ...identity, revision },
        untilMs: askedAtMs + Math.min(MAX_AGE_MS, validForMs),
      })
    },
  }
}

type Found = { readonly askedAtMs: number; readonly revision: number; readonly validForMs?: number }

export type RememberedKeys = ReturnType<typeof createRememberedKeys>
