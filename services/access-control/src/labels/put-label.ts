import { isDeepStrictEqual } from 'node:util'
import { fail, ok } from '@tessera/shared/fault/result'
import { invalid } from '../faults.ts'
import type { Make } from '../handler.ts'
import { asSet } from '../index/signature.ts'
import { mayAdmin } from '../people/may.ts'
import { unstorableTexts } from '../sources/unstorable-texts.ts'
import { changesIndex, findDefinitions, replaceDefinitions, touchLabelled } from './labels.store.ts'

export const putLabel: Make<'putLabel'> = ({ write }) =>
  async function putLabel(input, call) {
    const broken = unstorableTexts(input)
    if (broken.length > 0) return fail(invalid(broken))
    return write(call, { operation: 'putLabel', input, sensitive: true }, mayAdmin, async (change) => {
      const { label, title, below, hidesTitle } = input
      const definition = { title, requires: asSet(input.requires), below, hidesTitle }
      const current = (await findDefinitions(change.trx, change.workspaceId)).get(label)
      if (isDeepStrictEqual(current, definition)) return ok({})
      await replaceDefinitions(change, [label], [{ label, ...definition }])
      if (changesIndex(current, definition)) await touchLabelled(change, [label])
      return ok({})
    })
  }
