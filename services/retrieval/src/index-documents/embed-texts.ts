import type { Call } from '@tessera/shared/bus/call'
import type { Client } from '@tessera/shared/bus/contract'
import type { modelsContract } from '@tessera/shared/contracts/model-router'
import { ok, type Result } from '@tessera/shared/fault/result'

export type Models = Pick<Client<typeof modelsContract>, 'embed'>

/** The contract allows 256. */
export const textsPerCall = 128
/** Some 2,000 tokens: what every embedding model takes. */
const maxCharacters = 8000

/** A vector per text, in order. One without direction is left out: it is near to nothing. */
export async function embedTexts(
  models: Models,
  { model, texts, ofSearch }: { model: string; texts: readonly string[]; ofSearch?: boolean },
  call: Call,
): Promise<Result<(Float32Array | undefined)[]>> {
  const vectors: (Float32Array | undefined)[] = []
  for (let start = 0; start < texts.length; start += textsPerCall) {
    const some = texts.slice(start, start + textsPerCall).map((text) => text.slice(0, maxCharacters).toWellFormed())
    const embedded = await models.embed({ model, texts: some, ...(ofSearch && { ofSearch }) }, call)
    if (!embedded.ok) return embedded
    vectors.push(...embedded.value.vectors.map(decode))
  }
  return ok(vectors)
}

/** Base64 of little-endian 32-bit floats. */
function decode(text: string): Float32Array | undefined {
  const bytes = Uint8Array.from(Buffer.from(text, 'base64'))
  const vector = new Float32Array(bytes.buffer, 0, Math.floor(bytes.length / 4))
  return vector.some((value) => value !== 0) && vector.every(Number.isFinite) ? vector : undefined
}
