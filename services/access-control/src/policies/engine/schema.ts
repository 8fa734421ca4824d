/** What a policy may be about. `read` and `use` decide about content, the others about acts on it. */
export type PolicyAction = 'read' | 'use' | 'runTool' | 'process'
export const POLICY_ACTIONS: readonly PolicyAction[] = ['read', 'use', 'runTool', 'process']

/** The pattern of an `@id`: a policy's stable name in decisions, explanations and the log. */
export const POLICY_ID = /^[a-z][a-z0-9-]{0,62}$/

/** The id of the permit-all underneath; no `@id` can spell it. */
export const BASE_POLICY_ID = '(base)'
export const BASE_POLICY = 'permit(principal, action, resource);'

/**
 * The closed schema of policies, in Cedar's own format, for publishing (ACCESS.md section 5). It holds what a signature and a cache key hold: no clock, no
 * address, no free context. Entities are called by the workspace's names: `User::"user:usr_…"`, `Group::"group:…"`, `Space::"space:spc_…"`,
 * `DataSource::"src_…"`.
 */
export const POLICY_SCHEMA = `// Who asks. Group stands for groups and containers; every one that covers the reader, at any depth, is given flat.
// Always known: Group::"public" (everybody), Group::"workspace:members" (users that are not guests), Group::"guests".
entity Group;
entity User in [Group] { guest: Bool, clearances: Set<String> };
entity ServiceAccount in [Group] { guest: Bool, clearances: Set<String> };

// What is asked for.
entity Space;
entity DataSource;
entity Document { space: Space, dataSource: DataSource, labels: Set<String> };
// labels: those of the passage and those of its document; documentLabels: the latter alone.
entity Passage { space: Space, dataSource: DataSource, documentLabels: Set<String>, labels: Set<String> };
entity Tool { name: String };
// hosting: who runs the model, as configured for its provider; its name is Model::"provider/name".
entity Model { provider: String, hosting: String };
// Sends text to models, whoever the text is for.
entity ModelRouter;

// agents: the names of every agent that acts for the reader; purpose: one of the workspace's closed list.
type Ask = { purpose?: String, agents: Set<String> };

// To find and open a document: by its own labels, never by those of its passages.
action read appliesTo { principal: [User, ServiceAccount], resource: Document, context: Ask };
// To use a passage's text, in an answer or as a citation.
action use appliesTo { principal: [User, ServiceAccount], resource: Passage, context: Ask };
action runTool appliesTo { principal: [User, ServiceAccount], resource: Tool, context: Ask };
// To send text that carries these labels to a model: complete, embed, rerank, count, draft or title.
action process appliesTo { principal: ModelRouter, resource: Model, context: { labels: Set<String> } };
`
