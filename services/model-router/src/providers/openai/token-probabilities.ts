import type { TokenProbability } from '@tessera/shared/contracts/model-router/completion'
import { type Static, Type } from 'typebox'
import { orNull } from '../or-null.ts'

const Probability = { token: Type.String(), logprob: Type.Number(), bytes: orNull(Type.Array(Type.Integer())) }

export const Probabilities = Type.Array(
  Type.Object({ ...Probability, top_logprobs: orNull(Type.Array(Type.Object(Probability))) }),
)

export const Logprobs = Type.Object({ content: orNull(Probabilities) })

/** How probable each token was, as our events carry it. */
export const probabilitiesOf = ({ content }: Static<typeof Logprobs>): { logprobs?: TokenProbability[] } =>
  content ? { logprobs: toTokenProbabilities(content) } : {}

export const toTokenProbabilities = (tokens: Static<typeof Probabilities>): TokenProbability[] =>
  tokens.map(({ top_logprobs: top, ...token }) => ({ ...withBytes(token), top: (top ?? []).map(withBytes) }))

const withBytes = ({ token, logprob, bytes }: Static<typeof Probabilities>[number]) => ({
  ...{ token, logprob },
  ...(bytes && { bytes }),
})
