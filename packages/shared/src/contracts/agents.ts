import { type Static, Type } from 'typebox'
import { call, defineContract, stream } from '../bus/contract.ts'
import { FaultSchema } from '../fault/fault.ts'
import { IdOf } from '../ids/ids.ts'
import { Label, Purpose } from './access-control/common.ts'
import { Receipt } from './access-control/decisions.ts'
import { AgentScope } from './access-control/facts.ts'
import { Audience, Conversation, participantOperations } from './agents/conversations.ts'
import { accessReads, agentsFaults, reads, writes } from './agents/faults.ts'
import { FinishReason } from './model-router/completion.ts'
import { ModelName } from './model-router/models.ts'
import { Usage } from './model-router/usage.ts'
import { keyed, Name, Page, Revision, Timestamp, View } from './names.ts'

export const AgentDefinition = Type.Object({
  instructions: Type.String({ maxLength: 50_000 }),
  model: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 200,
      description: 'A model, `provider/name`, or a route of the workspace. Absent: the route `default`.',
    }),
  ),
  fallbacks: Type.Optional(
    Type.Array(ModelName, {
      maxItems: 10,
      uniqueItems: true,
      description: 'Models that may answer instead of the one that is named, in this order. Absent: none.',
    }),
  ),
  scope: AgentScope,
  /** Documents that it never reads, wherever they lie. */
  exceptDocumentIds: Type.Optional(Type.Array(IdOf('doc'), { maxItems: 1000 })),
  passages: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 50, description: 'How many passages a question gets at most (default 8).' }),
  ),
  purposes: Type.Optional(
    Type.Array(Purpose, {
      minItems: 1,
      maxItems: 50,
      uniqueItems: true,
      description: 'What it may be asked for; a question chooses among them, and the first one is the default.',
    }),
  ),
})
export const AgentVersion = Type.Object({
  id: IdOf('agv'),
  number: Type.Integer(),
  createdAt: Timestamp,
  createdBy: Name,
  ...AgentDefinition.properties,
})
export const AgentGrants = Type.Object(
  {
    run: Type.Array(Name),
    read: Type.Array(Name),
    edit: Type.Array(Name),
    publish: Type.Array(Name),
    administer: Type.Array(Name),
  },
  { additionalProperties: false },
)
export const Agent = Type.Object({
  id: IdOf('agt'),
  handle: Type.String({ pattern: '^[a-z0-9][a-z0-9-]{0,62}$' }),
  title: Type.String(),
  active: Type.Boolean(),
  publishedVersion: Type.Optional(Type.Integer()),
  /** What it reads as without a person. */
  serviceAccount: Type.Optional(Name),
  createdAt: Timestamp,
})

export const Citation = Type.Object({
  /** The marker as it stands in the text, such as `[2]`. */
  marker: Type.String(),
  passageId: IdOf('psg'),
  documentId: IdOf('doc'),
  title: Type.String(),
  url: Type.Optional(Type.String()),
  /** Absent: `full`. */
  view: Type.Optional(View),
  /** Where the marker stands in the answer, in UTF-16 code units. */
  start: Type.Integer(),
  end: Type.Integer(),
})
export type Citation = Static<typeof Citation>

export const MessageState = Type.Union([
  Type.Literal('running'),
  Type.Literal('completed'),
  Type.Literal('failed'),
  Type.Literal('cancelled'),
  Type.Literal('expired'),
])
export const Message = Type.Object({
  id: IdOf('msg'),
  parentId: Type.Optional(IdOf('msg')),
  role: Type.Union([Type.Literal('user'), Type.Literal('assistant')]),
  author: Name,
  audience: Type.Optional({
    ...Audience,
    description: 'For whom it was asked. What was asked for `me` is there for its asker alone.',
  }),
  createdAt: Timestamp,
  state: MessageState,
  /** True: made from something that the reader can't open now; text, citations and fault are then left out. */
  withheld: Type.Boolean(),
  text: Type.String(),
  partial: Type.Boolean(),
  citations: Type.Array(Citation),
  model: Type.Optional(Type.String()),
  usage: Type.Optional(Usage),
  fault: Type.Optional(FaultSchema),
})
export type Message = Static<typeof Message>
const base = {
  id: Type.Integer({ minimum: 1, description: 'Counts from 1 without gaps within a run.' }),
  step: Type.Integer({ minimum: 0 }),
}
/** What a reader of a run gets (ARCHITECTURE.md section 6). More types come later; unknown ones are to be ignored. */
export const RunEvent = Type.Union([
  Type.Object({
    ...base,
    type: Type.Literal('run.started'),
    runId: IdOf('run'),
    conversationId: IdOf('cnv'),
    questionId: IdOf('msg'),
    messageId: IdOf('msg'),
  }),
  Type.Object({
    ...base,
    type: Type.Literal('passages.found'),
    decisionId: IdOf('dec'),
    receipt: Type.Optional(Receipt),
    revision: Revision,
    passages: Type.Array(
      Type.Object({
        marker: Type.String(),
        passageId: IdOf('psg'),
        documentId: IdOf('doc'),
        title: Type.String(),
        url: Type.Optional(Type.String()),
        view: Type.Optional(View),
      }),
    ),
    unclearedLabels: Type.Optional(
      Type.Array(Label, {
        description: 'With `allowRestrictedView`: what no model of the agent may have, and was left out or masked.',
      }),
    ),
  }),
  Type.Object({ ...base, type: Type.Literal('text.delta'), text: Type.String() }),
  Type.Object({ ...base, type: Type.Literal('citation.added'), citation: Citation }),
  Type.Object({ ...base, type: Type.Literal('step.restarted') }),
  Type.Object({
    ...base,
    type: Type.Literal('run.completed'),
    messageId: IdOf('msg'),
    text: Type.String(),
    citations: Type.Array(Citation),
    model: Type.String(),
    usage: Usage,
    /** Why the model stopped; `length` means that the answer was cut at the limit of its size. */
    finishReason: Type.Optional(FinishReason),
  }),
  Type.Object({
    ...base,
    type: Type.Literal('run.failed'),
    messageId: IdOf('msg'),
    fault: FaultSchema,
    text: Type.String(),
    partial: Type.Boolean(),
  }),
  Type.Object({
    ...base,
    type: Type.Literal('run.cancelled'),
    messageId: IdOf('msg'),
    reason: Type.Union([Type.Literal('asked'), Type.Literal('access.revoked')]),
  }),
  Type.Object({ ...base, type: Type.Literal('run.expired'), messageId: IdOf('msg') }),
])
export type RunEvent = Static<typeof RunEvent>
export const terminalEvents = ['run.completed', 'run.failed', 'run.cancelled', 'run.expired'] as const

const WithRevision = { revision: Revision }

export const agentsContract = defineContract({
  service: 'agents',
  version: 1,
  faults: agentsFaults,
  operations: {
    createAgent: call({
      summary: 'Makes an agent with its first version, unpublished. Builders and admins.',
      calledBy: ['gateway'],
      input: Type.Object({
        handle: Agent.properties.handle,
        title: Type.String({ minLength: 1, maxLength: 300 }),
        definition: AgentDefinition,
        grants: Type.Optional(Type.Partial(AgentGrants)),
        ...keyed,
      }),
      output: Type.Object({ agent: Agent, version: AgentVersion, ...WithRevision }),
      faults: writes,
      timeoutMs: 10_000,
      idempotent: false,
    }),
    listAgents: call({
      summary: 'The agents that the caller may run or read.',
      calledBy: ['gateway'],
      input: Type.Object({ ...Page }),
      output: Type.Object({ items: Type.Array(Agent), nextCursor: Type.Optional(Type.String()), ...WithRevision }),
      faults: accessReads,
      timeoutMs: 5000,
      idempotent: true,
    }),
    getAgent: call({
      summary: 'An agent; its versions only for those who may read the definition.',
      calledBy: ['gateway'],
      input: Type.Object({ agentId: Type.String({ description: 'Its id, or its handle.' }) }),
      output: Type.Object({
        agent: Agent,
        versions: Type.Optional(Type.Array(AgentVersion)),
        grants: Type.Optional(AgentGrants),
        ...WithRevision,
      }),
      faults: reads,
      timeoutMs: 5000,
      idempotent: true,
    }),
    updateAgent: call({
      summary:
        'Title (who may edit it); activity, grants and the account that it has without a person (who administers it; an account needs an admin).',
      calledBy: ['gateway'],
      input: Type.Object({
        agentId: IdOf('agt'),
        title: Type.Optional(Type.String({ minLength: 1, maxLength: 300 })),
        active: Type.Optional(Type.Boolean()),
        grants: Type.Optional(Type.Partial(AgentGrants)),
        serviceAccount: Type.Optional(Type.Union([Name, Type.Null()])),
      }),
      output: Type.Object({ agent: Agent, ...WithRevision }),
      faults: writes,
      timeoutMs: 10_000,
      idempotent: true,
    }),
    createAgentVersion: call({
      summary: 'A new version; what is published stays until it is published.',
      calledBy: ['gateway'],
      input: Type.Object({ agentId: IdOf('agt'), definition: AgentDefinition, ...keyed }),
      output: Type.Object({ version: AgentVersion }),
      faults: writes,
      timeoutMs: 10_000,
      idempotent: false,
    }),
    publishAgentVersion: call({
      summary: 'Makes a version the one that runs.',
      calledBy: ['gateway'],
      input: Type.Object({ agentId: IdOf('agt'), number: Type.Integer({ minimum: 1 }) }),
      output: Type.Object({
        agent: Agent,
        warnings: Type.Optional(
          Type.Array(Type.String(), {
            description:
              'What its instructions quote word for word, unless all who may run it can open it: to run an agent counts as having been told its instructions.',
          }),
        ),
        ...WithRevision,
      }),
      faults: writes,
      timeoutMs: 10_000,
      idempotent: true,
    }),
    createConversation: call({
      summary: 'Opens a conversation with an agent.',
      calledBy: ['gateway'],
      input: Type.Object({
        agent: Type.String({ description: 'Id or handle.' }),
        title: Type.Optional(Type.String({ minLength: 1, maxLength: 300 })),
        ...keyed,
      }),
      output: Conversation,
      faults: [...reads, 'agents.not-published', 'agents.conflict'],
      timeoutMs: 5000,
      idempotent: false,
    }),
    listConversations: call({
      summary: 'The conversations that the caller owns, takes part in, or is invited into, newest first.',
      calledBy: ['gateway'],
      input: Type.Object({ ...Page }),
      output: Type.Object({ items: Type.Array(Conversation), nextCursor: Type.Optional(Type.String()) }),
      faults: accessReads,
      timeoutMs: 5000,
      idempotent: true,
    }),
    getConversation: call({
      summary:
        'A conversation with its tree of messages; each is decided now for who reads it, what may not be opened is withheld. What others asked for themselves is not there.',
      calledBy: ['gateway'],
      input: Type.Object({ conversationId: IdOf('cnv'), atLeast: Type.Optional(Revision) }),
      output: Type.Object({ conversation: Conversation, messages: Type.Array(Message), ...WithRevision }),
      faults: reads,
      timeoutMs: 10_000,
      idempotent: true,
    }),
    deleteConversation: call({
      summary: 'Deletes a conversation with all that was made in it. Its owner.',
      calledBy: ['gateway'],
      input: Type.Object({ conversationId: IdOf('cnv') }),
      output: Type.Object({}),
      faults: reads,
      timeoutMs: 10_000,
      idempotent: true,
    }),
    ...participantOperations,
    ask: stream({
      summary:
        'Stores the question, runs the agent, and gives each event as it comes. The run goes on when the reader leaves, unless `cancelOnLeave`.',
      calledBy: ['gateway'],
      input: Type.Object({
        conversationId: Type.Optional(IdOf('cnv')),
        /** Instead of a conversation: a new one with this agent (id or handle). */
        agent: Type.Optional(Type.String()),
        /** The answer that it follows; absent: the last message. An earlier one makes a sibling (an edit); null stands for the beginning. */
        parentId: Type.Optional(Type.Union([IdOf('msg'), Type.Null()])),
        /** Ask again: a sibling answer to this question. `text` is then left out. */
        retryOf: Type.Optional(IdOf('msg')),
        text: Type.Optional(Type.String({ minLength: 1, maxLength: 50_000 })),
        audience: Type.Optional({
          ...Audience,
          default: 'everyone',
          description:
            'For `everyone`, the answer is made of what all who take part may open; for `me`, of what the asker may, and nobody else sees question or answer.',
        }),
        purpose: Type.Optional({ ...Purpose, description: 'Among those that the agent states; absent: its first.' }),
        /** History that a client brings (compatible routes): untrusted, and never stored as ours. */
        clientHistory: Type.Optional(
          Type.Array(
            Type.Object({
              role: Type.Union([Type.Literal('system'), Type.Literal('user'), Type.Literal('assistant')]),
              text: Type.String(),
            }),
            { maxItems: 500 },
          ),
        ),
        maxOutputTokens: Type.Optional(Type.Integer({ minimum: 1 })),
        temperature: Type.Optional(Type.Number({ minimum: 0, maximum: 2 })),
        allowRestrictedView: Type.Optional(
          Type.Boolean({
            description:
              'Where no model of the agent is cleared for the labels of what was found: it may be answered from the view that remains below them, redacted or a digest. Absent: it is refused, with their names.',
          }),
        ),
        cancelOnLeave: Type.Optional(Type.Boolean()),
        ...keyed,
        atLeast: Type.Optional(Revision),
      }),
      event: RunEvent,
      faults: [...reads, 'agents.invalid', 'agents.not-published', 'agents.withheld', 'agents.conflict'],
      timeoutMs: 900_000,
    }),
    readEvents: stream({
      summary:
        'The events of a message from after a number on, to its terminal one. Decided anew for whom it is delivered to; while it runs, for those alone who took part when it began.',
      calledBy: ['gateway'],
      input: Type.Object({ conversationId: IdOf('cnv'), messageId: IdOf('msg'), after: Type.Integer({ minimum: 0 }) }),
      event: RunEvent,
      faults: [...reads, 'agents.withheld'],
      timeoutMs: 900_000,
    }),
    cancelRun: call({
      summary: 'Ends the run of a message, wherever it runs. Who asked, or the owner of the conversation.',
      calledBy: ['gateway'],
      input: Type.Object({ conversationId: IdOf('cnv'), messageId: IdOf('msg') }),
      output: Type.Object({ state: MessageState }),
      faults: reads,
      timeoutMs: 5000,
      idempotent: true,
    }),
    eraseDerived: call({
      summary:
        'Destroys every text that was made from a document, by the read sets: answers, their events and citations, steps of runs, comments. Place, author and time stay. Admins.',
      calledBy: ['gateway'],
      input: Type.Object({ documentId: IdOf('doc') }),
      output: Type.Object({ messages: Type.Integer({ description: 'How many answers lost their text.' }) }),
      faults: reads,
      timeoutMs: 60_000,
      idempotent: true,
    }),
    putFeedback: call({
      summary: "The reader's word on an answer.",
      calledBy: ['gateway'],
      input: Type.Object({
        conversationId: IdOf('cnv'),
        messageId: IdOf('msg'),
        rating: Type.Union([Type.Literal('up'), Type.Literal('down')]),
        comment: Type.Optional(Type.String({ maxLength: 10_000 })),
      }),
      output: Type.Object({}),
      faults: [...reads, 'agents.invalid', 'agents.withheld'],
      timeoutMs: 5000,
      idempotent: true,
    }),
  },
  events: {},
})
