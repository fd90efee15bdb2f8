import { compileUserSchema } from '@flows/json-schema';
import { validationFailed } from '../http/api-problem.js';
import type { FlowTemplate, TemplateInputs } from './flow-template.js';

/**
 * What was filled in, with defaults where nothing was.
 * @throws ApiProblem `validation_failed` with a problem per field.
 */
export function checkInputs({ slug, inputsSchema }: FlowTemplate, given: TemplateInputs): TemplateInputs {
  const compiled = compileUserSchema(inputsSchema, '#/inputs_schema');
  if (!compiled.ok)
    throw new Error(`The inputs schema of template ${slug} does not compile: ${JSON.stringify(compiled.problems)}`);
  const inputs = { ...defaultsOf(inputsSchema), ...given };
  const problems = compiled.check(inputs, '#/inputs');
  if (problems.length > 0) throw validationFailed(problems);
  return inputs;
}

function defaultsOf(schema: Record<string, unknown>): TemplateInputs {
  const properties = Object.entries((schema['properties'] ?? {}) as Record<string, { default?: unknown }>);
  return Object.fromEntries(
    properties.filter(([, member]) => member.default !== undefined).map(([key, member]) => [key, member.default]),
  );
}
