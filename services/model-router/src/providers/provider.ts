import type { CompletionEvent, CompletionRequest, modelsContract, Usage } from '@tessera/shared/contracts/model-router'
import type { Fault } from '@tessera/shared/fault/fault'
import type { Result } from '@tessera/shared/fault/result'

/** A fault that has to do with a provider: the codes that both `complete` and `embed` may return for one. */
export type ProviderFault = Fault<
  Extract<
    (typeof modelsContract)['operations']['embed']['faults'][number],
    `models.provider-${string}` | 'models.not-found' | 'models.request-refused'
  >
>

/** A model as its provider calls it, without the provider's name in front. */
export type ListedModel = { readonly name: string; readonly kind: 'completion' | 'embedding' }

/** What a provider is asked to complete. `model` is the provider's own name of it. */
export type ProviderRequest = Omit<CompletionRequest, 'decisionIds'>

export type Embedding = {
  /** One vector per text, in the order of the texts, all of the same length. */
  readonly vectors: readonly (readonly number[])[]
  readonly usage: Usage
}

/**
 * Who serves models. Everything that differs between providers ends behind this type; the router knows no provider by name.
 * Providers do not retry: whether another try or another model is due is for the router to decide.
 */
export type Provider = {
  /** The first part of its models' names: `<name>/<model>`. */
  readonly name: string
  /** `own`: on machines of whoever runs Tessera; `cloud`: text that is sent there leaves. */
  readonly hosting: 'own' | 'cloud'
  /** What in the configuration switched it on, for people: a variable's name. */
  readonly switchedOnBy: string
  /** The model that it is asked for when nobody chose one; the provider's own name of it. */
  readonly defaultModel: string
  /**
   * `start`, any number of `text-delta`, then `end`, or a fault as the last element. It ends without either when `signal` aborts; that
   * ends the provider's own work, too, as does leaving the loop.
   */
  complete(
    request: ProviderRequest,
    options: { signal: AbortSignal },
  ): AsyncIterable<Result<CompletionEvent, ProviderFault>>
  /** Absent where the provider has no embeddings that we speak. */
  readonly embed?: (
    request: { model: string; texts: readonly string[] },
    options: { signal: AbortSignal },
  ) => Promise<Result<Embedding, ProviderFault>>
  /** The models to offer. Any other name is passed through as well. Empty when it has to be asked and does not answer. */
  models(options: { signal: AbortSignal }): Promise<readonly ListedModel[]>
}
