import { ApiProperty } from '@nestjs/swagger';

export class FieldProblemView {
  @ApiProperty({ example: '#/steps/3/input/lead', description: 'RFC 6901 pointer as URI fragment, into the body or the query' })
  pointer: string;
  @ApiProperty({ example: 'required' })
  code: string;
  @ApiProperty()
  message: string;
  @ApiProperty({ required: false, type: String })
  step_id?: string;
}

/** RFC 9457. Every answer that is no success has this form and the media type `application/problem+json`. */
export class ProblemView {
  @ApiProperty({ format: 'uri' })
  type: string;
  @ApiProperty()
  title: string;
  @ApiProperty({ type: 'integer' })
  status: number;
  @ApiProperty()
  detail: string;
  @ApiProperty()
  instance: string;
  @ApiProperty({ description: 'Stable, for programs' })
  code: string;
  @ApiProperty()
  request_id: string;
  @ApiProperty({ required: false, type: [FieldProblemView] })
  errors?: FieldProblemView[];
}
