import { Type } from 'typebox'

/** Where an answer of an agent is kept, as every API that is spoken here shows it. */
export const KeptSchema = Type.Object({
  conversation_id: Type.String(),
  message_id: Type.String(),
  run_id: Type.String(),
})
