-- Made from flows/steps/expressions.py by `make queries`, with Ibis 12.0.0 and SQLGlot 30.30.0.

-- result
--   source: string
--   metric: string
--   entity: string
--   start: date32[day]
--   end: date32[day]
--   value: double
--   flags: list<item: string>
--   retrieved_at: timestamp[us, tz=UTC]
--   pull_id: string
SELECT
  *
FROM "every_observation" AS "t0"
WHERE
  NOT (
    COALESCE(ARRAY_CONTAINS("t0"."flags", 'incomplete'), FALSE)
  )
  AND NOT (
    COALESCE(ARRAY_CONTAINS("t0"."flags", 'partial'), FALSE)
  )
  AND DATE_DIFF('DAY', "t0"."start", "t0"."end") <= 7;
