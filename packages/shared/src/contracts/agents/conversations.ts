import { type Static, Type } from 'typebox'
import { call } from '../../bus/contract.ts'
import { IdOf } from '../../ids/ids.ts'
import { Name, Timestamp } from '../names.ts'
import { reads } from './faults.ts'

/** For whom a question is asked and answered (ACCESS.md section 6): all who take part, or the asker alone. */
export const Audience = Type.Union([Type.Literal('everyone'), Type.Literal('me')])
export type Audience = Static<typeof Audience>

/** How somebody takes part in a conversation. Who is invited hears and sees nothing of it until they accept. */
export const Participation = Type.Union([Type.Literal('owner'), Type.Literal('active'), Type.Literal('invited')])
export type Participation = Static<typeof Participation>

export const Conversation = Type.Object({
  id: IdOf('cnv'),
  title: Type.String(),
  agentId: IdOf('agt'),
  owner: Type.Optional(Name),
  participation: Type.Optional({ ...Participation, description: 'How the caller takes part in it.' }),
  createdAt: Timestamp,
  updatedAt: Timestamp,
})

export const Participant = Type.Object({
  name: Name,
  participation: Participation,
  joinedAt: Type.Optional({ ...Timestamp, description: 'Absent for who has not accepted.' }),
})
export type Participant = Static<typeof Participant>

/** With the owner, as many as one audience may name. */
export const maxParticipants = 50

const conversation = { conversationId: IdOf('cnv') }

export const participantOperations = {
  addParticipant: call({
    summary:
      'Invites somebody into a conversation. Its owner. They take part once they accept, and open what was said before by their own rights.',
    calledBy: ['gateway'],
    input: Type.Object({ ...conversation, name: Name }),
    output: Participant,
    faults: [...reads, 'agents.invalid'],
    timeoutMs: 5000,
    idempotent: true,
  }),
  acceptInvitation: call({
    summary:
      'Joins a conversation that the caller was invited into. They hear what is asked for everyone from then on.',
    calledBy: ['gateway'],
    input: Type.Object(conversation),
    output: Conversation,
    faults: reads,
    timeoutMs: 5000,
    idempotent: true,
  }),
  leaveConversation: call({
    summary: 'Leaves a conversation, or declines an invitation. Its owner stays, or deletes it.',
    calledBy: ['gateway'],
    input: Type.Object(conversation),
    output: Type.Object({}),
    faults: [...reads, 'agents.invalid'],
    timeoutMs: 5000,
    idempotent: true,
  }),
  removeParticipant: call({
    summary: 'Ends the part of somebody in a conversation, or takes their invitation back. Its owner.',
    calledBy: ['gateway'],
    input: Type.Object({ ...conversation, name: Name }),
    output: Type.Object({}),
    faults: [...reads, 'agents.invalid'],
    timeoutMs: 5000,
    idempotent: true,
  }),
  listParticipants: call({
    summary: 'Who takes part in a conversation, its owner first, and who is invited.',
    calledBy: ['gateway'],
    input: Type.Object(conversation),
    output: Type.Object({ items: Type.Array(Participant, { maxItems: maxParticipants }) }),
    faults: reads,
    timeoutMs: 5000,
    idempotent: true,
  }),
}
