import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto'

/** A key that checkpoints are signed with. It never lies in the database. */
export type SigningKey = { readonly id: string; readonly publicKey: string; sign(text: string): string }

const spki = { format: 'der', type: 'spki' } as const

/** `AUDIT_SIGNING_KEY`: an Ed25519 private key, PKCS8 DER in base64. Throws on anything else, without quoting it. */
export function readSigningKey(base64: string): SigningKey {
  const key = ed25519(() => createPrivateKey({ key: Buffer.from(base64, 'base64'), format: 'der', type: 'pkcs8' }))
  const publicKey = createPublicKey(key).export(spki).toString('base64')
  return { id: keyIdOf(publicKey), publicKey, sign: (text) => sign(null, Buffer.from(text), key).toString('base64') }
}

/** A public key as the verifier is given it: SPKI as PEM, or its DER in base64. The result is the latter. Throws on anything else. */
export function readPublicKey(text: string): string {
  const key = ed25519(() =>
    text.includes('-----BEGIN')
      ? createPublicKey(text)
      : createPublicKey({ key: Buffer.from(text.trim(), 'base64'), ...spki }),
  )
  return key.export(spki).toString('base64')
}

/** A short name of a public key, for people and logs; signatures are always checked with the key itself. */
export const keyIdOf = (publicKey: string): string =>
  createHash('sha256').update(publicKey, 'base64').digest('hex').slice(0, 16)

/** Whether the holder of this key signed exactly this text. A key or signature that is none, or is written in another way, has signed nothing. */
export function isSignedBy(publicKey: string, text: string, signature: string): boolean {
  try {
    const key = createPublicKey({ key: Buffer.from(publicKey, 'base64'), ...spki })
    const bytes = Buffer.from(signature, 'base64')
    // What reads base64 passes over letters that are none: the text could be changed without changing the bytes.
    if (bytes.toString('base64') !== signature || key.asymmetricKeyType !== 'ed25519') return false
    return verify(null, Buffer.from(text), key, bytes)
  } catch {
    return false
  }
}

function ed25519(read: () => KeyObject): KeyObject {
  let key: KeyObject | undefined
  try {
    key = read()
  } catch {
    key = undefined
  }
  if (key?.asymmetricKeyType !== 'ed25519') throw new Error('An audit key is not an Ed25519 key in DER, base64')
  return key
}
