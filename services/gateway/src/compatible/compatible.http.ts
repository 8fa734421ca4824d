import type { App } from '@tessera/shared/http/create-app'
import { addAnthropic } from '../anthropic/anthropic.http.ts'
import { AnthropicError } from '../anthropic/error-shape.ts'
import type { Edge } from '../edge/edge.ts'
import { OpenaiError } from '../openai/error-shape.ts'
import { addOpenai } from '../openai/openai.http.ts'
import { addModels } from './models.http.ts'

/** The routes that the clients of other APIs know: an app changes its base URL and keeps its SDK. */
export async function addCompatible(app: App, edge: Edge): Promise<void> {
  app.addSchema(OpenaiError)
  app.addSchema(AnthropicError)
  await app.register(async (openai) => addOpenai(openai, edge))
  await app.register(async (anthropic) => addAnthropic(anthropic, edge))
  await app.register(async (models) => addModels(models, edge))
}
