-- Made from flows/steps/expressions.py by `make queries`, with Ibis 12.0.0 and SQLGlot 30.30.0.

-- result
--   source: string
--   entity: string
--   start: date32[day]
--   end: date32[day]
SELECT
  "t10"."source",
  "t10"."entity",
  "t10"."first" AS "start",
  "t10"."last" AS "end"
FROM (
  SELECT
    "t9"."source",
    "t9"."entity",
    "t9"."run",
    MIN("t9"."start") AS "first",
    MAX("t9"."end") AS "last"
  FROM (
    SELECT
      "t8"."source",
      "t8"."start",
      "t8"."end",
      "t8"."entity",
      "t8"."until",
      "t8"."begins",
      SUM("t8"."begins") OVER (
        PARTITION BY "t8"."source", "t8"."entity"
        ORDER BY "t8"."start" ASC, "t8"."end" ASC
        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
      ) AS "run"
    FROM (
      SELECT
        "t7"."source",
        "t7"."start",
        "t7"."end",
        "t7"."entity",
        "t7"."until",
        CASE
          WHEN (
            "t7"."until" IS NULL
          ) OR (
            "t7"."start" > "t7"."until"
          )
          THEN 1
          ELSE 0
        END AS "begins"
      FROM (
        SELECT
          "t6"."source",
          "t6"."start",
          "t6"."end",
          "t6"."entity",
          MAX("t6"."end") OVER (
            PARTITION BY "t6"."source", "t6"."entity"
            ORDER BY "t6"."start" ASC, "t6"."end" ASC
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 preceding
          ) AS "until"
        FROM (
          SELECT DISTINCT
            *
          FROM (
            SELECT
              "t4"."source",
              "t4"."start",
              "t4"."end",
              CASE WHEN "t2"."source" IS NOT NULL THEN '' ELSE "t4"."entity" END AS "entity"
            FROM (
              SELECT
                *
              FROM "observations" AS "t0"
              WHERE
                "t0"."value" IS NOT NULL
            ) AS "t4"
            LEFT OUTER JOIN "items" AS "t2"
              ON "t4"."source" = "t2"."source"
          ) AS "t5"
        ) AS "t6"
      ) AS "t7"
    ) AS "t8"
  ) AS "t9"
  GROUP BY
    1,
    2,
    3
) AS "t10";
