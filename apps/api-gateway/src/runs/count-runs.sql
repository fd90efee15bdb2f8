select count(*) as total
from (select from runs r where :filter limit 10001) counted
