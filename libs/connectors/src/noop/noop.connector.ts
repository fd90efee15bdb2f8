import type { Connector } from '../connector.js';

/**
 * Does no work: `noop.run` returns its input at once and has no outside effect. The benchmark uses it to measure the engine
 * without a provider; a flow may use it as a placeholder.
 */
export const noopConnector: Connector = {
  name: 'noop',
  title: 'No operation',
  actions: {
    'noop.run': {
      title: 'Return the input',
      input_schema: {},
      output_schema: {},
      effect: 'none',
      run: (context) => Promise.resolve(context.input),
    },
  },
};
