export const openaiTags = ['OpenAI clients']

/** What the routes of this API may answer beside their reply. */
export const openaiErrors = Object.fromEntries(
  [400, 401, 403, 404, 409, 413, 429, 500, 502, 503, 504].map((status) => [
    status,
    {
      description: "An error in OpenAI's shape.",
      content: { 'application/json': { schema: { $ref: 'OpenaiError#' } } },
    },
  ]),
)
