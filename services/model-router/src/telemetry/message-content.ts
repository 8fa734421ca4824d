import type { PromptMessage } from '@tessera/shared/contracts/model-router/prompt'
import { promptTexts } from '../guardrails/prompt-texts.ts'

/** The texts of a prompt in the form that the conventions give to `gen_ai.input.messages`. */
export const inputMessages = (messages: readonly PromptMessage[]): string =>
  JSON.stringify(messages.map((message) => said(message.role, promptTexts({ messages: [message] }))))

/** The same of an answer, for `gen_ai.output.messages`. */
export const outputMessages = (text: string, finishReason: string): string =>
  JSON.stringify([{ ...said('assistant', [text]), finish_reason: finishReason }])

const said = (role: string, texts: readonly string[]) => ({
  role,
  parts: texts.map((content) => ({ type: 'text', content })),
})
