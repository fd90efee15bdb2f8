import { ApiProperty } from '@nestjs/swagger';
import { IsText } from '../http/validators.js';

export class CreateWorkspaceBody {
  @ApiProperty({ example: 'Acme Inc.' })
  @IsText(200)
  name: string;
}

export class WorkspaceView {
  @ApiProperty({ example: 'ws_01h455vb4pex5vsknk084sn02q' })
  id: string;
  @ApiProperty()
  name: string;
  @ApiProperty({ format: 'date-time' })
  created_at: string;
}

export class CreatedWorkspaceView extends WorkspaceView {
  @ApiProperty({ description: 'A key with the scope `admin`, shown this once' })
  token: string;
}
