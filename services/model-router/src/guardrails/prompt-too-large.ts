import { modelsFaults } from '@tessera/shared/contracts/model-router/faults'

export const promptTooLarge = (maxBytes: number) =>
  modelsFaults.fault('prompt-too-large', `A prompt may have at most ${maxBytes} bytes here.`, {
    errors: [{ field: '/messages', rule: `must have at most ${maxBytes} bytes together` }],
  })
