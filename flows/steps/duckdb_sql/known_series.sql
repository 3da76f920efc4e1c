-- Made from flows/steps/expressions.py by `make queries`, with Ibis 12.0.0 and SQLGlot 30.30.0.

-- result
--   source: string
--   metric: string
--   entity: string
--   first: date32[day]
--   until: date32[day]
SELECT
  "t0"."source",
  "t0"."metric",
  "t0"."entity",
  MIN("t0"."start") AS "first",
  MAX("t0"."end") AS "until"
FROM "observations" AS "t0"
GROUP BY
  1,
  2,
  3;
