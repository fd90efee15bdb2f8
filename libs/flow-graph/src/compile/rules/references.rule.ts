import type { Reference } from '../../expression/linked-node.js';
import type { GraphScope } from '../graph-scope.js';
import type { ProblemList } from '../problem-list.js';
import type { StepPlaces } from '../step-places.js';

/** What an expression at some place may refer to. */
export interface ReferencePlace {
  readonly pointer: string;
  readonly stepId: string | null;
  /** The steps of the graph that have settled when the expression is evaluated. */
  readonly upstream: ReadonlySet<string>;
}

/** Checks the paths that an expression reads: steps must exist and be upstream, keys must be possible where a schema closes them. */
export class ReferenceCheck {
  constructor(
    private readonly scope: GraphScope,
    private readonly places: StepPlaces,
    private readonly problems: ProblemList,
    private readonly warnings: ProblemList,
  ) {}

  check(reference: Reference, place: ReferencePlace): void {
    if (reference.root === 'steps' && !this.checkStep(reference, place)) return;
    if (reference.root === 'inputs' && !this.scope.known.hasInputs) return this.warnInput(reference, place);
    this.checkPath(reference, place);
  }

  private checkStep({ segments, text, computed }: Reference, { pointer, stepId, upstream }: ReferencePlace): boolean {
    const [id] = segments;
    if (typeof id !== 'string') {
      this.scope.readAllOuter();
      if (computed)
        this.warnings.add(pointer, 'computed_reference', `${text}: which step this reads is only known at run time`, stepId);
      return false;
    }
    if (!this.scope.shape.has(id)) return this.checkOuterStep(id, text, { pointer, stepId, upstream });
    if (upstream.has(id)) return true;
    const reason = this.scope.cleanup.has(id)
      ? 'runs only when the run is cancelled'
      : id === stepId
        ? 'is this step itself'
        : `is not upstream of ${stepId === null ? 'here' : `"${stepId}"`}: no path of edges leads from it to here`;
    this.problems.add(pointer, 'not_upstream', `${text}: "${id}" ${reason}`, stepId);
    return false;
  }

  private checkOuterStep(id: string, text: string, { pointer, stepId }: ReferencePlace): boolean {
    const found = this.scope.readOuter(id);
    if (found === 'read') return true;
    if (found === 'unknown') {
      const inside =
        this.places.find(id) === undefined ? '' : ' here: it is inside of a foreach step, of which the output can be read';
      this.problems.add(pointer, 'unknown_reference', `${text}: there is no step "${id}"${inside}`, stepId);
      return false;
    }
    const { notUpstreamOf: foreachId } = found;
    const reason = id === foreachId ? 'is the foreach step around this' : `is not upstream of the foreach step "${foreachId}"`;
    this.problems.add(pointer, 'not_upstream', `${text}: "${id}" ${reason}`, stepId);
    return false;
  }

  private checkPath({ root, segments, optional, text }: Reference, { pointer, stepId }: ReferencePlace): void {
    const found = this.scope.known.lookUp(root, segments);
    if (optional || (found.state !== 'absent' && found.state !== 'unlisted')) return;
    const holder = [root, ...segments.slice(0, found.at)].join('.');
    const key = JSON.stringify(segments[found.at]);
    const listed = found.listed.length > 0 ? `; there is ${found.listed.slice(0, 20).join(', ')}` : '';
    if (found.state === 'absent')
      this.problems.add(pointer, 'unknown_reference', `${text}: ${holder} has no ${key}${listed}`, stepId);
    else
      this.warnings.add(pointer, 'unlisted_reference', `${text}: the schema of ${holder} does not list ${key}${listed}`, stepId);
  }

  private warnInput({ segments, optional, text }: Reference, { pointer, stepId }: ReferencePlace): void {
    if (optional || segments.length === 0) return;
    this.warnings.add(pointer, 'unknown_input', `${text}: the workflow has no constants ("inputs") yet`, stepId);
  }
}
