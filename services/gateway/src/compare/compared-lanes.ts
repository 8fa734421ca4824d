import { streamFaults } from '@tessera/shared/bus/faults'
import type { CompareEvent } from '@tessera/shared/contracts/model-router/comparisons'
import { FinishReason } from '@tessera/shared/contracts/model-router/completion'
import { Usage } from '@tessera/shared/contracts/model-router/usage'
import { FaultSchema } from '@tessera/shared/fault/fault'
import { fail, ok, type Result } from '@tessera/shared/fault/result'
import { IdOf } from '@tessera/shared/ids/ids'
import { type Static, Type } from 'typebox'
import { addContent, type WholePart } from '../compatible/whole-answer.ts'

const Part = Type.Union([
  Type.Object({ type: Type.Literal('text'), text: Type.String() }),
  Type.Object({ type: Type.Literal('reasoning'), text: Type.String() }),
  Type.Object({ type: Type.Literal('refusal'), text: Type.String() }),
  Type.Object({
    type: Type.Literal('tool-call'),
    id: Type.String(),
    name: Type.String(),
    arguments: Type.String(),
  }),
])

const ComparedLane = Type.Object({
  lane: Type.Integer(),
  asked: Type.String(),
  model: Type.Optional(Type.String({ description: 'What served; absent: nothing did.' })),
  route: Type.Optional(Type.String({ description: 'What served and why, as in `x-tessera-route`.' })),
  notes: Type.Array(Type.String()),
  parts: Type.Array(Part, { description: 'What it wrote; with a fault it is partial.' }),
  finishReason: Type.Optional(FinishReason),
  usage: Type.Optional(Usage),
  costMicros: Type.Optional(Type.Integer({ description: 'Absent: the model has no price.' })),
  firstContentMs: Type.Optional(Type.Number()),
  totalMs: Type.Optional(Type.Number()),
  fault: Type.Optional({ ...FaultSchema, description: 'Why it has no end.' }),
})
type ComparedLane = Static<typeof ComparedLane>

/** A comparison in one piece. */
export const Comparison = Type.Object({ id: IdOf('cmp'), lanes: Type.Array(ComparedLane) })
type Comparison = Static<typeof Comparison>

/** Reads all lanes to their end, for a reply in one piece. */
export async function comparedLanes(events: AsyncIterable<Result<CompareEvent>>): Promise<Result<Comparison>> {
  let lanes: (Omit<ComparedLane, 'parts'> & { parts: WholePart[] })[] = []
  for await (const result of events) {
    if (!result.ok) return result
    const event = result.value
    switch (event.type) {
      case 'comparison.started':
        lanes = event.lanes.map((lane) => ({ ...lane, notes: [], parts: [] }))
        break
      case 'lane.content':
        addContent(lanes[event.lane]?.parts ?? [], event.content)
        break
      case 'comparison.completed':
        return ok({
          id: event.id,
          lanes: lanes.map(({ parts, ...lane }) => ({ ...lane, parts: parts.map(shownPart) })),
        })
      default: {
        const { type: _type, ...said } = event
        Object.assign(lanes[event.lane] ?? {}, said)
      }
    }
  }
  return fail(streamFaults.fault('cut', 'The comparison broke off before its end.'))
}

function shownPart(part: WholePart): Static<typeof Part> {
  if (part.type !== 'tool-call') return { type: part.type, text: part.text }
  const { type, id, name, arguments: written } = part
  return { type, id, name, arguments: written }
}
