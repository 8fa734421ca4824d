import { canonicalJson } from './canonical-json.ts'
import { isSignedBy, type SigningKey } from './keys.ts'

/** What the holder of the key vouches for: so many rows, the last with this hash. */
export type Checkpoint = {
  workspace: string
  /** How many rows there are: the sequence of the last. */
  sequence: number
  /** The hash of the last row. */
  hash: string
  /** The highest revision that a row has. */
  revision: number
  at: string
  keyId: string
  /** An earlier checkpoint whose rows were lost with a restored backup, as an admin has confirmed. */
  replaces?: { sequence: number; hash: string }
}
export type SignedCheckpoint = Checkpoint & { signature: string }

/** Two keys, of which the second takes over from the first at the row that carries this. */
export type Rotation = { workspace: string; at: string; oldKey: string; newKey: string }
export type SignedRotation = Rotation & { oldSignature: string; newSignature: string }

// The purpose is part of what is signed, so that no signature can be shown as one of the other kind.
const checkpointText = ({ workspace, sequence, hash, revision, at, keyId, replaces }: Checkpoint) =>
  canonicalJson({ type: 'tessera-audit-checkpoint', workspace, sequence, hash, revision, at, keyId, replaces })
const rotationText = ({ workspace, at, oldKey, newKey }: Rotation) =>
  canonicalJson({ type: 'tessera-audit-key-rotation', workspace, at, oldKey, newKey })

export function signCheckpoint(checkpoint: Omit<Checkpoint, 'keyId'>, key: SigningKey): SignedCheckpoint {
  const named = { ...checkpoint, keyId: key.id }
  return { ...named, signature: key.sign(checkpointText(named)) }
}

export const isCheckpointOf = (checkpoint: SignedCheckpoint, publicKey: string): boolean =>
  isSignedBy(publicKey, checkpointText(checkpoint), checkpoint.signature)

export function signRotation(workspace: string, at: string, oldKey: SigningKey, newKey: SigningKey): SignedRotation {
  const rotation = { workspace, at, oldKey: oldKey.publicKey, newKey: newKey.publicKey }
  const text = rotationText(rotation)
  return { ...rotation, oldSignature: oldKey.sign(text), newSignature: newKey.sign(text) }
}

/** Whether both keys have signed it. */
export function isRotation(rotation: SignedRotation): boolean {
  const text = rotationText(rotation)
  return (
    isSignedBy(rotation.oldKey, text, rotation.oldSignature) && isSignedBy(rotation.newKey, text, rotation.newSignature)
  )
}
