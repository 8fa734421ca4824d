import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import type { ServiceName } from './contract.ts'

export const serviceNames: readonly ServiceName[] = ['gateway', 'access', 'retrieval', 'models', 'agents', 'connectors']

/** The public keys that a process believes, by the service that signs with them. */
export type Trust = ReadonlyMap<ServiceName, KeyObject>

/** `ASSERTION_KEY`: an Ed25519 private key, PKCS8 DER in base64. Throws on anything else. */
export function parseSigningKey(base64: string): KeyObject {
  return ed25519(() => createPrivateKey({ key: Buffer.from(base64, 'base64'), format: 'der', type: 'pkcs8' }))
}

/** `ASSERTION_TRUST`: JSON of service name → Ed25519 public key, SPKI DER in base64. Throws on anything else. */
export function parseTrust(json: string): Trust {
  const keys = new Map<ServiceName, KeyObject>()
  for (const [name, base64] of Object.entries(JSON.parse(json) as Record<string, string>)) {
    const service = serviceNames.find((service) => service === name)
    if (!service) throw new Error(`The assertion trust names no service: ${name}`)
    keys.set(
      service,
      ed25519(() => createPublicKey({ key: Buffer.from(base64, 'base64'), format: 'der', type: 'spki' })),
    )
  }
  return keys
}

export type AssertionKeys = { signingKeys: Record<ServiceName, string>; trust: string }

/** New keys in the form of the two variables: one private key for each service, and the trust that all of them share. */
export function createAssertionKeys(): AssertionKeys {
  const pairs = serviceNames.map((service) => [service, generateKeyPairSync('ed25519')] as const)
  const privateKeys = pairs.map(([service, pair]) => [service, pair.privateKey.export(pkcs8).toString('base64')])
  const publicKeys = pairs.map(([service, pair]) => [service, pair.publicKey.export(spki).toString('base64')])
  return {
    signingKeys: Object.fromEntries(privateKeys) as Record<ServiceName, string>,
    trust: JSON.stringify(Object.fromEntries(publicKeys)),
  }
}

const pkcs8 = { format: 'der', type: 'pkcs8' } as const
const spki = { format: 'der', type: 'spki' } as const

/** The error of the library may quote its input, which may be the key: it is not passed on. */
function ed25519(read: () => KeyObject): KeyObject {
  let key: KeyObject | undefined
  try {
    key = read()
  } catch {
    key = undefined
  }
  if (key?.asymmetricKeyType !== 'ed25519') throw new Error('An assertion key is not an Ed25519 key in DER, base64')
  return key
}
