-- Made from flows/steps/expressions.py by `make queries`, with Ibis 12.0.0 and SQLGlot 30.30.0.

-- result
--   source: string
--   days: int64
SELECT
  "t5"."source",
  MIN(DATE_DIFF('DAY', "t5"."start", "t5"."end")) AS "days"
FROM (
  SELECT
    *
  FROM (
    SELECT
      "t1"."source",
      "t1"."entity",
      "t1"."start",
      "t1"."end",
      "t1"."value",
      "t3"."newest"
    FROM "observations" AS "t1"
    INNER JOIN (
      SELECT
        "t0"."source",
        MAX("t0"."end") AS "newest"
      FROM "observations" AS "t0"
      GROUP BY
        1
    ) AS "t3"
      ON "t1"."source" = "t3"."source"
  ) AS "t4"
  WHERE
    "t4"."end" = "t4"."newest"
) AS "t5"
GROUP BY
  1;
