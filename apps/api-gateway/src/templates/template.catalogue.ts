import { leadToSequence } from './catalogue/lead-to-sequence.template.js';
import type { FlowTemplate } from './flow-template.js';

/** The built-in templates, in the order of the gallery. */
export const TEMPLATES: readonly FlowTemplate[] = [leadToSequence];
