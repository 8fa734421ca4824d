import type { modelsContract } from '@tessera/shared/contracts/model-router'
import type { CompletionEvent, CompletionRequest } from '@tessera/shared/contracts/model-router/completion'
import type { Usage } from '@tessera/shared/contracts/model-router/usage'
import type { Fault, FieldError } from '@tessera/shared/fault/fault'
import type { Result } from '@tessera/shared/fault/result'

/** A fault that has to do with a provider: the codes that both `complete` and `embed` may return for one. */
export type ProviderFault = Fault<
  Extract<
    (typeof modelsContract)['operations']['embed']['faults'][number],
    | `models.provider-${string}`
    | 'models.not-found'
    | 'models.request-refused'
    | 'models.unsupported'
    | 'models.prompt-too-long'
  >
>

/** A model as its provider calls it, without the provider's name in front. */
export type ListedModel = { readonly name: string; readonly kind: 'completion' | 'embedding' | 'reranking' }

/** What a provider is asked to complete. `model` is the provider's own name of it. */
export type ProviderRequest = Omit<CompletionRequest, 'decisionIds' | 'labels' | 'metadata' | 'dropUnsupported'> & {
  /** Its instructions are the same whoever asks, so the provider may keep them in a cache that readers share. Nothing else of a prompt may be. */
  readonly sharedInstructions?: true
}

/** How an answer is asked for. */
export type Asking = {
  readonly signal: AbortSignal
  /** It is read at its end only: what comes after the first content may come together. */
  readonly whole?: boolean | undefined
}

/** One attempt to have a request completed. Nothing is asked before the events are read. */
export type Completion = {
  /**
   * Nothing comes before the first content; then `start`, that content and all that follows, and `end`. A fault is the last element: as the only one it
   * means that nothing was delivered and another model may be tried, after others that what came is partial (`meta.afterFirstToken`). It ends
   * without `end` or fault when `signal` aborts; that ends the provider's own work, too, as does leaving the loop.
   */
  readonly events: AsyncIterable<Result<CompletionEvent, ProviderFault>>
  /** What was used until now, also when it broke off or its reader left: counted by the provider as far as it did, estimated beyond that. */
  usage(): Promise<Usage>
}

/** A part of a request that a model can't honour: where in the contract it stands, and what it would take. */
export type Unsupported = FieldError & {
  /** Whether the request still asks the same without it. What is said to the model does not. */
  readonly droppable: boolean
}

export type EmbeddingRequest = {
  readonly model: string
  readonly texts: readonly string[]
  /** Shorter vectors than the model makes by itself. */
  readonly dimensions?: number
}

export type Embedding = {
  /** One vector per text, in the order of the texts, all of the same length. */
  readonly vectors: readonly (readonly number[])[]
  readonly usage: Usage
}

export type RerankingRequest = { readonly model: string; readonly query: string; readonly texts: readonly string[] }

export type Reranked = {
  /** One per text, in the order of the texts, all finite; the higher the better. */
  readonly scores: readonly number[]
  readonly usage: Usage
}

/**
 * Who serves models. Everything that differs between providers ends behind this type; the router knows no provider by name.
 * Providers do not retry: whether another try or another model is due is for the router to decide.
 */
export type Provider = {
  /** The first part of its models' names: `<name>/<model>`. */
  readonly name: string
  /** How OpenTelemetry's conventions call it, where they have another name. */
  readonly telemetryName?: string
  /** `own`: on machines of whoever runs Tessera; `cloud`: text that is sent there leaves. */
  readonly hosting: 'own' | 'cloud'
  /** What in the configuration switched it on, for people: a variable's name. */
  readonly switchedOnBy: string
  /** The model that it is asked for when nobody chose one; the provider's own name of it. */
  readonly defaultModel: string
  /** What of a request its protocol has no place for. `complete` expects a request without such parts. */
  unsupported(request: ProviderRequest): readonly Unsupported[]
  complete(request: ProviderRequest, asking: Asking): Completion
  /** Absent where the provider has no embeddings that we speak. */
  readonly embed?: (
    request: EmbeddingRequest,
    options: { signal: AbortSignal },
  ) => Promise<Result<Embedding, ProviderFault>>
  /** Absent where the provider has no reranking that we speak. */
  readonly rerank?: (
    request: RerankingRequest,
    options: { signal: AbortSignal },
  ) => Promise<Result<Reranked, ProviderFault>>
  /** How many tokens a prompt has with this model; absent where nobody but us can be asked. */
  readonly countTokens?: (
    request: ProviderRequest,
    options: { signal: AbortSignal },
  ) => Promise<Result<number, ProviderFault>>
  /** What it says itself that it serves, beside what the catalogue says: empty where the catalogue is all there is, or it does not answer. */
  models(options: { signal: AbortSignal }): Promise<readonly ListedModel[]>
}
