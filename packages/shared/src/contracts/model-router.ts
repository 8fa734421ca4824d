import { defineContract } from '../bus/contract.ts'
import { budgetOperations } from './model-router/budgets.ts'
import { catalogueOperations } from './model-router/catalogue.ts'
import { countOperations } from './model-router/count-tokens.ts'
import { comparisonOperations } from './model-router/comparisons.ts'
import { completionOperations } from './model-router/completion.ts'
import { embeddingOperations } from './model-router/embeddings.ts'
import { guardrailOperations } from './model-router/guardrails.ts'
import { modelsFaults } from './model-router/faults.ts'
import { healthOperations } from './model-router/health.ts'
import { labelOperations } from './model-router/labels.ts'
import { modelOperations } from './model-router/models.ts'
import { rerankingOperations } from './model-router/reranking.ts'
import { routeOperations } from './model-router/routes.ts'
import { usageOperations } from './model-router/usage.ts'

export const modelsContract = defineContract({
  service: 'models',
  version: 1,
  faults: modelsFaults,
  operations: {
    ...completionOperations,
    ...countOperations,
    ...labelOperations,
    ...embeddingOperations,
    ...rerankingOperations,
    ...modelOperations,
    ...healthOperations,
    ...catalogueOperations,
    ...routeOperations,
    ...budgetOperations,
    ...guardrailOperations,
    ...usageOperations,
    ...comparisonOperations,
  },
  events: {},
})
