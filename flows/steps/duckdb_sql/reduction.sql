-- Made from flows/steps/expressions.py by `make queries`, with Ibis 12.0.0 and SQLGlot 30.30.0.

-- table placed_days
--   part_id: int64
--   entity: string
--   day: date32[day]
--   value: double
--   flags: list<item: string>
--   retrieved_at: timestamp[us, tz=UTC]
--   pull_id: string
--   start: date32[day]
--   closed: int64
SELECT
  "t9"."part_id",
  "t10"."entity",
  "t16"."day",
  "t10"."value",
  "t10"."flags",
  "t10"."retrieved_at",
  "t10"."pull_id",
  "t16"."start",
  COALESCE("t16"."everywhere", 0) + COALESCE("t13"."own", 0) AS "closed"
FROM (
  SELECT
    "t0"."source",
    "t0"."metric",
    "t0"."entity",
    "t0"."start",
    "t0"."end",
    "t0"."value",
    "t0"."flags",
    "t0"."retrieved_at",
    "t0"."pull_id",
    FALSE AS "rollover",
    FALSE AS "reset",
    FALSE AS "implausible",
    FALSE AS "corrected",
    FALSE AS "steps"
  FROM "observations" AS "t0"
  WHERE
    DATE_DIFF('DAY', "t0"."start", "t0"."end") = 1
) AS "t10"
INNER JOIN (
  SELECT
    *
  FROM "parts" AS "t1"
  WHERE
    NOT (
      "t1"."items"
    )
) AS "t9"
  ON "t10"."source" = "t9"."source"
  AND "t10"."metric" = "t9"."metric"
  AND "t10"."steps" = "t9"."steps"
  AND (
    (
      "t9"."entity" IS NULL
    ) OR (
      "t9"."entity" = "t10"."entity"
    )
  )
INNER JOIN (
  SELECT
    "t4"."period",
    "t4"."day",
    "t4"."start",
    "t4"."end",
    "t14"."day" AS "closed_day",
    "t14"."everywhere"
  FROM "days" AS "t4"
  LEFT OUTER JOIN (
    SELECT
      "t7"."day",
      COUNT(*) AS "everywhere"
    FROM (
      SELECT
        *
      FROM "closed" AS "t3"
      WHERE
        "t3"."entity" = ''
    ) AS "t7"
    GROUP BY
      1
  ) AS "t14"
    ON "t4"."day" = "t14"."day"
) AS "t16"
  ON "t9"."period" = "t16"."period" AND "t10"."start" = "t16"."day"
LEFT OUTER JOIN (
  SELECT
    "t6"."entity",
    "t6"."day",
    COUNT(*) AS "own"
  FROM (
    SELECT
      *
    FROM "closed" AS "t3"
    WHERE
      "t3"."entity" <> ''
  ) AS "t6"
  GROUP BY
    1,
    2
) AS "t13"
  ON "t10"."entity" = "t13"."entity" AND "t16"."day" = "t13"."day";

-- table placed_spans
--   part_id: int64
--   entity: string
--   own_entity: string
--   items: bool
--   start: date32[day]
--   span_start: date32[day]
--   span_end: date32[day]
--   first: date32[day]
--   last: date32[day]
--   value: double
--   flags: list<item: string>
--   retrieved_at: timestamp[us, tz=UTC]
--   pull_id: string
--   rollover: bool
--   reset: bool
--   implausible: bool
--   corrected: bool
WITH "t20" AS (
  SELECT
    "t16"."source",
    "t16"."metric",
    "t16"."entity",
    "t16"."start",
    "t16"."end",
    "t16"."value",
    "t16"."flags",
    "t16"."retrieved_at",
    "t16"."pull_id",
    "t16"."kind",
    "t16"."rollover",
    "t16"."divide_by",
    "t16"."largest_step",
    "t16"."resets",
    ROW_NUMBER() OVER (
      PARTITION BY "t16"."source", "t16"."metric", "t16"."entity"
      ORDER BY "t16"."start" ASC, "t16"."value" ASC, "t16"."pull_id" ASC
      ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
    ) - 1 AS "at",
    "t16"."value" - LAG("t16"."value") OVER (
      PARTITION BY "t16"."source", "t16"."metric", "t16"."entity"
      ORDER BY "t16"."start" ASC, "t16"."value" ASC, "t16"."pull_id" ASC
      ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
    ) AS "risen"
  FROM (
    SELECT
      "t12"."source",
      "t12"."metric",
      "t12"."entity",
      "t12"."start",
      "t12"."end",
      "t12"."value",
      "t12"."flags",
      "t12"."retrieved_at",
      "t12"."pull_id",
      "t13"."kind",
      "t13"."rollover",
      "t13"."divide_by",
      "t13"."largest_step",
      "t13"."resets"
    FROM (
      SELECT
        *
      FROM "observations" AS "t2"
      WHERE
        "t2"."value" IS NOT NULL
    ) AS "t12"
    INNER JOIN (
      SELECT
        *
      FROM "metrics" AS "t3"
      WHERE
        "t3"."kind" = 'reading'
    ) AS "t13"
      ON "t12"."source" = "t13"."source" AND "t12"."metric" = "t13"."metric"
  ) AS "t16"
)
SELECT
  *
FROM (
  SELECT
    "t4"."part_id",
    CASE WHEN "t4"."items" THEN '' ELSE "t38"."entity" END AS "entity",
    "t38"."entity" AS "own_entity",
    "t4"."items",
    "t5"."start",
    "t38"."start" AS "span_start",
    "t38"."end" AS "span_end",
    GREATEST("t38"."start", "t5"."start") AS "first",
    LEAST("t38"."end", "t5"."end") AS "last",
    "t38"."value",
    "t38"."flags",
    "t38"."retrieved_at",
    "t38"."pull_id",
    "t38"."rollover",
    "t38"."reset",
    "t38"."implausible",
    "t38"."corrected"
  FROM (
    SELECT
      "t36"."source",
      "t36"."metric",
      "t36"."entity",
      "t36"."since" AS "start",
      "t36"."start" AS "end",
      CASE
        WHEN COALESCE(
          (
            ABS(
              CASE
                WHEN "t36"."rolls"
                THEN "t36"."forward"
                WHEN "t36"."began"
                THEN "t36"."value"
                ELSE "t36"."value" - "t36"."before"
              END
            ) > "t36"."most"
          )
          OR (
            (
              "t36"."value" < "t36"."before"
            )
            AND NOT (
              "t36"."rolls"
            )
            AND NOT (
              "t36"."began"
            )
            AND "t36"."resets"
            AND (
              (
                "t36"."after" IS NULL
              )
              OR (
                (
                  "t36"."before" - "t36"."value"
                ) > "t36"."near"
              )
            )
          ),
          FALSE
        )
        THEN CAST(NULL AS DOUBLE)
        ELSE CASE
          WHEN "t36"."rolls"
          THEN "t36"."forward"
          WHEN "t36"."began"
          THEN "t36"."value"
          ELSE "t36"."value" - "t36"."before"
        END / "t36"."divide_by"
      END AS "value",
      "t36"."flags",
      "t36"."retrieved_at",
      "t36"."pull_id",
      "t36"."rolls" AS "rollover",
      "t36"."began" AS "reset",
      COALESCE(
        (
          ABS(
            CASE
              WHEN "t36"."rolls"
              THEN "t36"."forward"
              WHEN "t36"."began"
              THEN "t36"."value"
              ELSE "t36"."value" - "t36"."before"
            END
          ) > "t36"."most"
        )
        OR (
          (
            "t36"."value" < "t36"."before"
          )
          AND NOT (
            "t36"."rolls"
          )
          AND NOT (
            "t36"."began"
          )
          AND "t36"."resets"
          AND (
            (
              "t36"."after" IS NULL
            )
            OR (
              (
                "t36"."before" - "t36"."value"
              ) > "t36"."near"
            )
          )
        ),
        FALSE
      ) AS "implausible",
      (
        (
          "t36"."value" < "t36"."before"
        )
        AND NOT (
          "t36"."rolls"
        )
        AND NOT (
          "t36"."began"
        )
        AND "t36"."resets"
        AND NOT (
          COALESCE(
            (
              ABS(
                CASE
                  WHEN "t36"."rolls"
                  THEN "t36"."forward"
                  WHEN "t36"."began"
                  THEN "t36"."value"
                  ELSE "t36"."value" - "t36"."before"
                END
              ) > "t36"."most"
            )
            OR (
              (
                "t36"."value" < "t36"."before"
              )
              AND NOT (
                "t36"."rolls"
              )
              AND NOT (
                "t36"."began"
              )
              AND "t36"."resets"
              AND (
                (
                  "t36"."after" IS NULL
                )
                OR (
                  (
                    "t36"."before" - "t36"."value"
                  ) > "t36"."near"
                )
              )
            ),
            FALSE
          )
        )
      )
      OR (
        (
          "t36"."at" - "t36"."at_before"
        ) > 1
      ) AS "corrected",
      TRUE AS "steps"
    FROM (
      SELECT
        "t35"."source",
        "t35"."metric",
        "t35"."entity",
        "t35"."start",
        "t35"."value",
        "t35"."flags",
        "t35"."retrieved_at",
        "t35"."pull_id",
        "t35"."rollover",
        "t35"."divide_by",
        "t35"."largest_step",
        "t35"."resets",
        "t35"."rate",
        "t35"."at",
        "t35"."before",
        "t35"."since",
        "t35"."at_before",
        "t35"."after",
        "t35"."beyond",
        "t35"."days",
        "t35"."days_after",
        COALESCE("t35"."largest_step", "t35"."rate" * "t35"."days") AS "most",
        (
          "t35"."value" - "t35"."before"
        ) + "t35"."rollover" AS "forward",
        COALESCE("t35"."largest_step", "t35"."rate" * "t35"."days" * 0.1, "t35"."before" * 0.1) AS "near",
        COALESCE(
          "t35"."largest_step",
          "t35"."rate" * "t35"."days_after" * 0.1,
          COALESCE("t35"."largest_step", "t35"."rate" * "t35"."days" * 0.1, "t35"."before" * 0.1)
        ) AS "near_after",
        COALESCE(
          (
            "t35"."value" < "t35"."before"
          )
          AND "t35"."resets"
          AND (
            (
              (
                "t35"."value" - "t35"."before"
              ) + "t35"."rollover"
            ) <= COALESCE("t35"."largest_step", "t35"."rollover" * 0.1)
          ),
          FALSE
        ) AS "rolls",
        COALESCE(
          (
            "t35"."value" < "t35"."before"
          )
          AND "t35"."resets"
          AND NOT (
            COALESCE(
              (
                "t35"."value" < "t35"."before"
              )
              AND "t35"."resets"
              AND (
                (
                  (
                    "t35"."value" - "t35"."before"
                  ) + "t35"."rollover"
                ) <= COALESCE("t35"."largest_step", "t35"."rollover" * 0.1)
              ),
              FALSE
            )
          )
          AND (
            "t35"."value" <= COALESCE("t35"."largest_step", "t35"."rate" * "t35"."days" * 0.1, "t35"."before" * 0.1)
          ),
          FALSE
        ) AS "began"
      FROM (
        SELECT
          "t34"."source",
          "t34"."metric",
          "t34"."entity",
          "t34"."start",
          "t34"."value",
          "t34"."flags",
          "t34"."retrieved_at",
          "t34"."pull_id",
          "t34"."rollover",
          "t34"."divide_by",
          "t34"."largest_step",
          "t34"."resets",
          "t34"."rate",
          "t34"."at",
          LAG("t34"."value") OVER (
            PARTITION BY "t34"."source", "t34"."metric", "t34"."entity"
            ORDER BY "t34"."start" ASC, "t34"."value" ASC, "t34"."pull_id" ASC
            ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
          ) AS "before",
          LAG("t34"."start") OVER (
            PARTITION BY "t34"."source", "t34"."metric", "t34"."entity"
            ORDER BY "t34"."start" ASC, "t34"."value" ASC, "t34"."pull_id" ASC
            ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
          ) AS "since",
          LAG("t34"."at") OVER (
            PARTITION BY "t34"."source", "t34"."metric", "t34"."entity"
            ORDER BY "t34"."start" ASC, "t34"."value" ASC, "t34"."pull_id" ASC
            ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
          ) AS "at_before",
          LEAD("t34"."value") OVER (
            PARTITION BY "t34"."source", "t34"."metric", "t34"."entity"
            ORDER BY "t34"."start" ASC, "t34"."value" ASC, "t34"."pull_id" ASC
            ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
          ) AS "after",
          LEAD("t34"."value", 2) OVER (
            PARTITION BY "t34"."source", "t34"."metric", "t34"."entity"
            ORDER BY "t34"."start" ASC, "t34"."value" ASC, "t34"."pull_id" ASC
            ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
          ) AS "beyond",
          CAST(DATE_DIFF(
            'DAY',
            LAG("t34"."start") OVER (
              PARTITION BY "t34"."source", "t34"."metric", "t34"."entity"
              ORDER BY "t34"."start" ASC, "t34"."value" ASC, "t34"."pull_id" ASC
              ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
            ),
            "t34"."start"
          ) AS DOUBLE) AS "days",
          CAST(DATE_DIFF(
            'DAY',
            "t34"."start",
            LEAD("t34"."start") OVER (
              PARTITION BY "t34"."source", "t34"."metric", "t34"."entity"
              ORDER BY "t34"."start" ASC, "t34"."value" ASC, "t34"."pull_id" ASC
              ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
            )
          ) AS DOUBLE) AS "days_after"
        FROM (
          SELECT
            "t33"."source",
            "t33"."metric",
            "t33"."entity",
            "t33"."start",
            "t33"."value",
            "t33"."flags",
            "t33"."retrieved_at",
            "t33"."pull_id",
            "t33"."rollover",
            "t33"."divide_by",
            "t33"."largest_step",
            "t33"."resets",
            "t33"."rate",
            "t33"."at"
          FROM (
            SELECT
              "t32"."source",
              "t32"."metric",
              "t32"."entity",
              "t32"."start",
              "t32"."end",
              "t32"."value",
              "t32"."flags",
              "t32"."retrieved_at",
              "t32"."pull_id",
              "t32"."kind",
              "t32"."rollover",
              "t32"."divide_by",
              "t32"."largest_step",
              "t32"."resets",
              "t32"."at",
              "t32"."rate",
              "t32"."before",
              "t32"."since",
              "t32"."at_before",
              "t32"."after",
              "t32"."beyond",
              "t32"."days",
              "t32"."days_after",
              COALESCE("t32"."largest_step", "t32"."rate" * "t32"."days") AS "most",
              (
                "t32"."value" - "t32"."before"
              ) + "t32"."rollover" AS "forward",
              COALESCE("t32"."largest_step", "t32"."rate" * "t32"."days" * 0.1, "t32"."before" * 0.1) AS "near",
              COALESCE(
                "t32"."largest_step",
                "t32"."rate" * "t32"."days_after" * 0.1,
                COALESCE("t32"."largest_step", "t32"."rate" * "t32"."days" * 0.1, "t32"."before" * 0.1)
              ) AS "near_after",
              COALESCE(
                (
                  "t32"."value" < "t32"."before"
                )
                AND "t32"."resets"
                AND (
                  (
                    (
                      "t32"."value" - "t32"."before"
                    ) + "t32"."rollover"
                  ) <= COALESCE("t32"."largest_step", "t32"."rollover" * 0.1)
                ),
                FALSE
              ) AS "rolls",
              COALESCE(
                (
                  "t32"."value" < "t32"."before"
                )
                AND "t32"."resets"
                AND NOT (
                  COALESCE(
                    (
                      "t32"."value" < "t32"."before"
                    )
                    AND "t32"."resets"
                    AND (
                      (
                        (
                          "t32"."value" - "t32"."before"
                        ) + "t32"."rollover"
                      ) <= COALESCE("t32"."largest_step", "t32"."rollover" * 0.1)
                    ),
                    FALSE
                  )
                )
                AND (
                  "t32"."value" <= COALESCE("t32"."largest_step", "t32"."rate" * "t32"."days" * 0.1, "t32"."before" * 0.1)
                ),
                FALSE
              ) AS "began"
            FROM (
              SELECT
                "t31"."source",
                "t31"."metric",
                "t31"."entity",
                "t31"."start",
                "t31"."end",
                "t31"."value",
                "t31"."flags",
                "t31"."retrieved_at",
                "t31"."pull_id",
                "t31"."kind",
                "t31"."rollover",
                "t31"."divide_by",
                "t31"."largest_step",
                "t31"."resets",
                "t31"."at",
                "t31"."rate",
                LAG("t31"."value") OVER (
                  PARTITION BY "t31"."source", "t31"."metric", "t31"."entity"
                  ORDER BY "t31"."start" ASC, "t31"."value" ASC, "t31"."pull_id" ASC
                  ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
                ) AS "before",
                LAG("t31"."start") OVER (
                  PARTITION BY "t31"."source", "t31"."metric", "t31"."entity"
                  ORDER BY "t31"."start" ASC, "t31"."value" ASC, "t31"."pull_id" ASC
                  ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
                ) AS "since",
                LAG("t31"."at") OVER (
                  PARTITION BY "t31"."source", "t31"."metric", "t31"."entity"
                  ORDER BY "t31"."start" ASC, "t31"."value" ASC, "t31"."pull_id" ASC
                  ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
                ) AS "at_before",
                LEAD("t31"."value") OVER (
                  PARTITION BY "t31"."source", "t31"."metric", "t31"."entity"
                  ORDER BY "t31"."start" ASC, "t31"."value" ASC, "t31"."pull_id" ASC
                  ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
                ) AS "after",
                LEAD("t31"."value", 2) OVER (
                  PARTITION BY "t31"."source", "t31"."metric", "t31"."entity"
                  ORDER BY "t31"."start" ASC, "t31"."value" ASC, "t31"."pull_id" ASC
                  ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
                ) AS "beyond",
                CAST(DATE_DIFF(
                  'DAY',
                  LAG("t31"."start") OVER (
                    PARTITION BY "t31"."source", "t31"."metric", "t31"."entity"
                    ORDER BY "t31"."start" ASC, "t31"."value" ASC, "t31"."pull_id" ASC
                    ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
                  ),
                  "t31"."start"
                ) AS DOUBLE) AS "days",
                CAST(DATE_DIFF(
                  'DAY',
                  "t31"."start",
                  LEAD("t31"."start") OVER (
                    PARTITION BY "t31"."source", "t31"."metric", "t31"."entity"
                    ORDER BY "t31"."start" ASC, "t31"."value" ASC, "t31"."pull_id" ASC
                    ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
                  )
                ) AS DOUBLE) AS "days_after"
              FROM (
                SELECT
                  "t30".*
                  EXCLUDE ("entity_right", "source_right", "metric_right")
                FROM (
                  SELECT
                    "t23"."source",
                    "t23"."metric",
                    "t23"."entity",
                    "t23"."start",
                    "t23"."end",
                    "t23"."value",
                    "t23"."flags",
                    "t23"."retrieved_at",
                    "t23"."pull_id",
                    "t23"."kind",
                    "t23"."rollover",
                    "t23"."divide_by",
                    "t23"."largest_step",
                    "t23"."resets",
                    "t23"."at",
                    "t29"."source" AS "source_right",
                    "t29"."metric" AS "metric_right",
                    "t29"."entity" AS "entity_right",
                    "t29"."rate"
                  FROM (
                    SELECT
                      "t21".*
                      EXCLUDE ("risen")
                    FROM "t20" AS "t21"
                  ) AS "t23"
                  LEFT OUTER JOIN (
                    SELECT
                      "t27"."source",
                      "t27"."metric",
                      "t27"."entity",
                      (
                        "t27"."usual" + (
                          (
                            "t27"."usual_next" - "t27"."usual"
                          ) * (
                            (
                              "t27"."last" * 0.9
                            ) - CAST(CAST(FLOOR("t27"."last" * 0.9) AS BIGINT) AS DOUBLE)
                          )
                        )
                      ) * 100 AS "rate"
                    FROM (
                      SELECT
                        "t26"."source",
                        "t26"."metric",
                        "t26"."entity",
                        COUNT(*) AS "rows",
                        MAX("t26"."last") AS "last",
                        MAX("t26"."value") FILTER(WHERE
                          "t26"."at" = CAST(CAST(FLOOR("t26"."last" * 0.9) AS BIGINT) AS DOUBLE)) AS "usual",
                        MAX("t26"."value") FILTER(WHERE
                          "t26"."at" = CAST(CAST(CEIL("t26"."last" * 0.9) AS BIGINT) AS DOUBLE)) AS "usual_next"
                      FROM (
                        SELECT
                          "t25"."source",
                          "t25"."metric",
                          "t25"."entity",
                          "t25"."a_day" AS "value",
                          CAST(ROW_NUMBER() OVER (
                            PARTITION BY "t25"."source", "t25"."metric", "t25"."entity"
                            ORDER BY "t25"."a_day" ASC
                            ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
                          ) - 1 AS DOUBLE) AS "at",
                          CAST(COUNT(*) OVER (
                            PARTITION BY "t25"."source", "t25"."metric", "t25"."entity"
                            ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
                          ) - 1 AS DOUBLE) AS "last"
                        FROM (
                          SELECT
                            *
                          FROM (
                            SELECT
                              "t21"."source",
                              "t21"."metric",
                              "t21"."entity",
                              "t21"."start",
                              "t21"."end",
                              "t21"."value",
                              "t21"."flags",
                              "t21"."retrieved_at",
                              "t21"."pull_id",
                              "t21"."kind",
                              "t21"."rollover",
                              "t21"."divide_by",
                              "t21"."largest_step",
                              "t21"."resets",
                              "t21"."at",
                              "t21"."risen",
                              "t21"."risen" / NULLIF(
                                CAST(DATE_DIFF(
                                  'DAY',
                                  LAG("t21"."start") OVER (
                                    PARTITION BY "t21"."source", "t21"."metric", "t21"."entity"
                                    ORDER BY "t21"."start" ASC, "t21"."value" ASC, "t21"."pull_id" ASC
                                    ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
                                  ),
                                  "t21"."start"
                                ) AS DOUBLE),
                                0.0
                              ) AS "a_day"
                            FROM "t20" AS "t21"
                          ) AS "t24"
                          WHERE
                            "t24"."resets"
                            AND "t24"."largest_step" IS NULL
                            AND "t24"."risen" > 0
                            AND "t24"."a_day" IS NOT NULL
                        ) AS "t25"
                      ) AS "t26"
                      GROUP BY
                        1,
                        2,
                        3
                    ) AS "t27"
                    WHERE
                      "t27"."rows" >= 10
                  ) AS "t29"
                    ON "t23"."source" = "t29"."source"
                    AND "t23"."metric" = "t29"."metric"
                    AND "t23"."entity" = "t29"."entity"
                ) AS "t30"
              ) AS "t31"
            ) AS "t32"
          ) AS "t33"
          WHERE
            NOT (
              "t33"."resets"
              AND (
                COALESCE(
                  (
                    "t33"."value" < "t33"."before"
                  )
                  AND (
                    (
                      (
                        "t33"."after" - "t33"."before"
                      ) >= 0
                    )
                    AND (
                      (
                        "t33"."after" - "t33"."before"
                      ) <= (
                        "t33"."near" + "t33"."near_after"
                      )
                    )
                  )
                  AND NOT (
                    (
                      "t33"."rolls" OR "t33"."began"
                    )
                    AND (
                      (
                        "t33"."after" - "t33"."value"
                      ) <= "t33"."near_after"
                    )
                  ),
                  FALSE
                )
                OR COALESCE(
                  (
                    (
                      "t33"."after" - "t33"."value"
                    ) < 0
                  )
                  AND (
                    (
                      (
                        "t33"."after" - "t33"."before"
                      ) >= 0
                    )
                    AND (
                      (
                        "t33"."after" - "t33"."before"
                      ) <= (
                        "t33"."near" + "t33"."near_after"
                      )
                    )
                  )
                  AND (
                    (
                      (
                        "t33"."value" - "t33"."before"
                      ) > "t33"."most"
                    )
                    OR (
                      (
                        "t33"."beyond" < "t33"."value"
                      ) AND (
                        "t33"."after" > "t33"."near_after"
                      )
                    )
                  ),
                  FALSE
                )
              )
            )
        ) AS "t34"
      ) AS "t35"
      WHERE
        "t35"."before" IS NOT NULL
    ) AS "t36"
  ) AS "t38"
  INNER JOIN "parts" AS "t4"
    ON "t38"."source" = "t4"."source"
    AND "t38"."metric" = "t4"."metric"
    AND "t38"."steps" = "t4"."steps"
    AND (
      (
        "t4"."entity" IS NULL
      ) OR (
        "t4"."entity" = "t38"."entity"
      )
    )
  INNER JOIN "grid" AS "t5"
    ON "t4"."period" = "t5"."period"
    AND "t38"."start" < "t5"."end"
    AND "t38"."end" > "t5"."start"
) AS "t39"
UNION ALL
SELECT
  *
FROM (
  SELECT
    *
  FROM (
    SELECT
      "t7"."part_id",
      CASE WHEN "t7"."items" THEN '' ELSE "t14"."entity" END AS "entity",
      "t14"."entity" AS "own_entity",
      "t7"."items",
      "t5"."start",
      "t14"."start" AS "span_start",
      "t14"."end" AS "span_end",
      GREATEST("t14"."start", "t5"."start") AS "first",
      LEAST("t14"."end", "t5"."end") AS "last",
      "t14"."value",
      "t14"."flags",
      "t14"."retrieved_at",
      "t14"."pull_id",
      "t14"."rollover",
      "t14"."reset",
      "t14"."implausible",
      "t14"."corrected"
    FROM (
      SELECT
        "t2"."source",
        "t2"."metric",
        "t2"."entity",
        "t2"."start",
        "t2"."end",
        "t2"."value",
        "t2"."flags",
        "t2"."retrieved_at",
        "t2"."pull_id",
        FALSE AS "rollover",
        FALSE AS "reset",
        FALSE AS "implausible",
        FALSE AS "corrected",
        FALSE AS "steps"
      FROM "observations" AS "t2"
      WHERE
        DATE_DIFF('DAY', "t2"."start", "t2"."end") = 1
    ) AS "t14"
    INNER JOIN (
      SELECT
        *
      FROM "parts" AS "t0"
      WHERE
        "t0"."items"
    ) AS "t7"
      ON "t14"."source" = "t7"."source"
      AND "t14"."metric" = "t7"."metric"
      AND "t14"."steps" = "t7"."steps"
      AND (
        (
          "t7"."entity" IS NULL
        ) OR (
          "t7"."entity" = "t14"."entity"
        )
      )
    INNER JOIN "grid" AS "t5"
      ON "t7"."period" = "t5"."period"
      AND "t14"."start" < "t5"."end"
      AND "t14"."end" > "t5"."start"
  ) AS "t17"
  UNION ALL
  SELECT
    *
  FROM (
    SELECT
      "t4"."part_id",
      CASE WHEN "t4"."items" THEN '' ELSE "t15"."entity" END AS "entity",
      "t15"."entity" AS "own_entity",
      "t4"."items",
      "t5"."start",
      "t15"."start" AS "span_start",
      "t15"."end" AS "span_end",
      GREATEST("t15"."start", "t5"."start") AS "first",
      LEAST("t15"."end", "t5"."end") AS "last",
      "t15"."value",
      "t15"."flags",
      "t15"."retrieved_at",
      "t15"."pull_id",
      "t15"."rollover",
      "t15"."reset",
      "t15"."implausible",
      "t15"."corrected"
    FROM (
      SELECT
        "t2"."source",
        "t2"."metric",
        "t2"."entity",
        "t2"."start",
        "t2"."end",
        "t2"."value",
        "t2"."flags",
        "t2"."retrieved_at",
        "t2"."pull_id",
        FALSE AS "rollover",
        FALSE AS "reset",
        FALSE AS "implausible",
        FALSE AS "corrected",
        FALSE AS "steps"
      FROM "observations" AS "t2"
      WHERE
        DATE_DIFF('DAY', "t2"."start", "t2"."end") <> 1
    ) AS "t15"
    INNER JOIN "parts" AS "t4"
      ON "t15"."source" = "t4"."source"
      AND "t15"."metric" = "t4"."metric"
      AND "t15"."steps" = "t4"."steps"
      AND (
        (
          "t4"."entity" IS NULL
        ) OR (
          "t4"."entity" = "t15"."entity"
        )
      )
    INNER JOIN "grid" AS "t5"
      ON "t4"."period" = "t5"."period"
      AND "t15"."start" < "t5"."end"
      AND "t15"."end" > "t5"."start"
  ) AS "t18"
) AS "t19";

-- table reduced
--   indicator_id: string
--   part: string
--   source: string
--   metric: string
--   entity: string
--   start: date32[day]
--   sum: double
--   mean: double
--   last: double
--   max: double
--   days: double
--   prorated: bool
--   rollover: bool
--   reset: bool
--   implausible: bool
--   corrected: bool
--   retrieved_at: timestamp[us, tz=UTC]
--   known_from: date32[day]
SELECT
  "t3"."indicator_id",
  "t3"."part",
  "t3"."source",
  "t3"."metric",
  "t12"."entity",
  "t12"."start",
  "t12"."sum",
  "t12"."mean",
  "t12"."last",
  "t12"."max",
  "t12"."days",
  "t12"."prorated",
  "t12"."rollover",
  "t12"."reset",
  "t12"."implausible",
  "t12"."corrected",
  "t12"."retrieved_at",
  "t12"."known_from"
FROM (
  SELECT
    "t10"."part_id",
    "t10"."entity",
    "t10"."start",
    SUM("t10"."sum") AS "sum",
    SUM("t10"."weighed") / NULLIF(SUM("t10"."days"), 0.0) AS "mean",
    FIRST("t10"."last" ORDER BY "t10"."newest" DESC) AS "last",
    MAX("t10"."max") AS "max",
    SUM("t10"."days") AS "days",
    BOOL_OR(CAST("t10"."prorated" AS BOOLEAN)) AS "prorated",
    BOOL_OR(CAST("t10"."rollover" AS BOOLEAN)) AS "rollover",
    BOOL_OR(CAST("t10"."reset" AS BOOLEAN)) AS "reset",
    BOOL_OR(CAST("t10"."implausible" AS BOOLEAN)) AS "implausible",
    BOOL_OR(CAST("t10"."corrected" AS BOOLEAN)) AS "corrected",
    MAX("t10"."retrieved_at") AS "retrieved_at",
    MIN("t10"."known_from") AS "known_from"
  FROM (
    SELECT
      *
    FROM (
      SELECT
        "t4"."part_id",
        "t4"."entity",
        "t4"."start",
        SUM(
          "t4"."value" * (
            CAST(DATE_DIFF('DAY', "t4"."first", "t4"."last") AS DOUBLE) / NULLIF(CAST(DATE_DIFF('DAY', "t4"."span_start", "t4"."span_end") AS DOUBLE), 0.0)
          )
        ) AS "sum",
        SUM("t4"."value" * CAST(DATE_DIFF('DAY', "t4"."first", "t4"."last") AS DOUBLE)) AS "weighed",
        FIRST(
          "t4"."value" ORDER BY {'start': "t4"."span_start", 'end': "t4"."span_end", 'entity': "t4"."own_entity"} DESC
        ) AS "last",
        0 AS "newest",
        MAX("t4"."value") AS "max",
        COALESCE(
          SUM(CAST(DATE_DIFF('DAY', "t4"."first", "t4"."last") AS DOUBLE)) FILTER(WHERE
            "t4"."value" IS NOT NULL),
          0.0
        ) AS "days",
        BOOL_OR(
          CAST((
            (
              CAST(DATE_DIFF('DAY', "t4"."first", "t4"."last") AS DOUBLE) / NULLIF(CAST(DATE_DIFF('DAY', "t4"."span_start", "t4"."span_end") AS DOUBLE), 0.0)
            ) < 1
          )
          AND (
            "t4"."value" IS NOT NULL
          ) AS BOOLEAN)
        ) AS "prorated",
        BOOL_OR(CAST("t4"."rollover" AS BOOLEAN)) AS "rollover",
        BOOL_OR(CAST("t4"."reset" AS BOOLEAN)) AS "reset",
        BOOL_OR(CAST("t4"."implausible" AS BOOLEAN)) AS "implausible",
        BOOL_OR(CAST("t4"."corrected" AS BOOLEAN)) AS "corrected",
        MAX("t4"."retrieved_at") AS "retrieved_at",
        MIN("t4"."span_start") FILTER(WHERE
          "t4"."value" IS NOT NULL) AS "known_from"
      FROM (
        SELECT
          *
        FROM "placed_spans" AS "t1"
        WHERE
          "t1"."items"
      ) AS "t4"
      GROUP BY
        1,
        2,
        3
    ) AS "t7"
    UNION ALL
    SELECT
      *
    FROM (
      SELECT
        *
      FROM (
        SELECT
          "t2"."part_id",
          "t2"."entity",
          "t2"."start",
          SUM("t2"."value") AS "sum",
          SUM("t2"."value") AS "weighed",
          FIRST("t2"."value" ORDER BY "t2"."day" DESC) AS "last",
          (
            DATE_DIFF('DAY', MAKE_DATE(1, 1, 1), MAX("t2"."day")) * 1000000
          ) + 1 AS "newest",
          MAX("t2"."value") AS "max",
          CAST(COUNT("t2"."value") AS DOUBLE) AS "days",
          FALSE AS "prorated",
          FALSE AS "rollover",
          FALSE AS "reset",
          FALSE AS "implausible",
          FALSE AS "corrected",
          MAX("t2"."retrieved_at") AS "retrieved_at",
          MIN("t2"."day") FILTER(WHERE
            "t2"."value" IS NOT NULL) AS "known_from"
        FROM "placed_days" AS "t2"
        GROUP BY
          1,
          2,
          3
      ) AS "t6"
      UNION ALL
      SELECT
        *
      FROM (
        SELECT
          "t5"."part_id",
          "t5"."entity",
          "t5"."start",
          SUM(
            "t5"."value" * (
              CAST(DATE_DIFF('DAY', "t5"."first", "t5"."last") AS DOUBLE) / NULLIF(CAST(DATE_DIFF('DAY', "t5"."span_start", "t5"."span_end") AS DOUBLE), 0.0)
            )
          ) AS "sum",
          SUM("t5"."value" * CAST(DATE_DIFF('DAY', "t5"."first", "t5"."last") AS DOUBLE)) AS "weighed",
          FIRST(
            "t5"."value" ORDER BY (
              DATE_DIFF('DAY', MAKE_DATE(1, 1, 1), "t5"."span_start") * 1000000
            ) + DATE_DIFF('DAY', "t5"."span_start", "t5"."span_end") DESC
          ) AS "last",
          MAX(
            (
              DATE_DIFF('DAY', MAKE_DATE(1, 1, 1), "t5"."span_start") * 1000000
            ) + DATE_DIFF('DAY', "t5"."span_start", "t5"."span_end")
          ) AS "newest",
          MAX("t5"."value") AS "max",
          COALESCE(
            SUM(CAST(DATE_DIFF('DAY', "t5"."first", "t5"."last") AS DOUBLE)) FILTER(WHERE
              "t5"."value" IS NOT NULL),
            0.0
          ) AS "days",
          BOOL_OR(
            CAST((
              (
                CAST(DATE_DIFF('DAY', "t5"."first", "t5"."last") AS DOUBLE) / NULLIF(CAST(DATE_DIFF('DAY', "t5"."span_start", "t5"."span_end") AS DOUBLE), 0.0)
              ) < 1
            )
            AND (
              "t5"."value" IS NOT NULL
            ) AS BOOLEAN)
          ) AS "prorated",
          BOOL_OR(CAST("t5"."rollover" AS BOOLEAN)) AS "rollover",
          BOOL_OR(CAST("t5"."reset" AS BOOLEAN)) AS "reset",
          BOOL_OR(CAST("t5"."implausible" AS BOOLEAN)) AS "implausible",
          BOOL_OR(CAST("t5"."corrected" AS BOOLEAN)) AS "corrected",
          MAX("t5"."retrieved_at") AS "retrieved_at",
          MIN("t5"."span_start") FILTER(WHERE
            "t5"."value" IS NOT NULL) AS "known_from"
        FROM (
          SELECT
            *
          FROM "placed_spans" AS "t1"
          WHERE
            NOT (
              "t1"."items"
            )
        ) AS "t5"
        GROUP BY
          1,
          2,
          3
      ) AS "t8"
    ) AS "t9"
  ) AS "t10"
  GROUP BY
    1,
    2,
    3
) AS "t12"
INNER JOIN "labels" AS "t3"
  ON "t12"."part_id" = "t3"."part_id";

-- result
--   indicator_id: string
--   part: string
--   source: string
--   metric: string
--   entity: string
--   start: date32[day]
--   sum: double
--   mean: double
--   last: double
--   max: double
--   days: double
--   prorated: bool
--   rollover: bool
--   reset: bool
--   implausible: bool
--   corrected: bool
--   retrieved_at: timestamp[us, tz=UTC]
SELECT
  "t0".*
  EXCLUDE ("known_from")
FROM "reduced" AS "t0";

-- result
--   indicator_id: string
--   part: string
--   source: string
--   metric: string
--   entity: string
--   start: date32[day]
--   closed_covered: double
SELECT
  "t4"."indicator_id",
  "t4"."part",
  "t4"."source",
  "t4"."metric",
  "t14"."entity",
  "t14"."start",
  "t14"."closed_covered"
FROM (
  SELECT
    "t12"."part_id",
    "t12"."entity",
    "t12"."start",
    CAST(SUM("t12"."n") AS DOUBLE) AS "closed_covered"
  FROM (
    SELECT
      *
    FROM (
      SELECT
        "t6"."part_id",
        "t6"."entity",
        "t6"."start",
        SUM("t6"."closed") AS "n"
      FROM (
        SELECT
          *
        FROM "placed_days" AS "t1"
        WHERE
          "t1"."value" IS NOT NULL AND "t1"."closed" > 0
      ) AS "t6"
      GROUP BY
        1,
        2,
        3
    ) AS "t9"
    UNION ALL
    SELECT
      *
    FROM (
      SELECT
        "t10"."part_id",
        "t10"."entity",
        "t10"."start",
        COUNT(*) AS "n"
      FROM (
        SELECT
          "t8"."part_id",
          "t8"."entity",
          "t8"."own_entity",
          "t8"."items",
          "t8"."start",
          "t8"."span_start",
          "t8"."span_end",
          "t8"."first",
          "t8"."last",
          "t8"."value",
          "t8"."flags",
          "t8"."retrieved_at",
          "t8"."pull_id",
          "t8"."rollover",
          "t8"."reset",
          "t8"."implausible",
          "t8"."corrected",
          "t5"."entity" AS "closed_entity",
          "t5"."day"
        FROM (
          SELECT
            *
          FROM "placed_spans" AS "t2"
          WHERE
            "t2"."value" IS NOT NULL
        ) AS "t8"
        INNER JOIN "closed" AS "t5"
          ON "t8"."first" <= "t5"."day"
          AND "t8"."last" > "t5"."day"
          AND (
            (
              "t5"."entity" = ''
            ) OR (
              "t5"."entity" = "t8"."own_entity"
            )
          )
      ) AS "t10"
      GROUP BY
        1,
        2,
        3
    ) AS "t11"
  ) AS "t12"
  GROUP BY
    1,
    2,
    3
) AS "t14"
INNER JOIN "labels" AS "t4"
  ON "t14"."part_id" = "t4"."part_id";

-- result
--   indicator_id: string
--   start: date32[day]
--   flag: string
SELECT DISTINCT
  "t11"."indicator_id",
  "t11"."start",
  "t11"."flag"
FROM (
  SELECT
    "t3"."indicator_id",
    "t3"."part",
    "t3"."source",
    "t3"."metric",
    "t10"."start",
    "t10"."flag"
  FROM (
    SELECT DISTINCT
      *
    FROM (
      SELECT
        *
      FROM (
        SELECT
          "t4"."part_id",
          "t4"."start",
          UNNEST("t4"."flags") AS "flag"
        FROM (
          SELECT
            *
          FROM "placed_days" AS "t1"
          WHERE
            ARRAY_LENGTH("t1"."flags") > 0
        ) AS "t4"
      ) AS "t6"
      UNION ALL
      SELECT
        *
      FROM (
        SELECT
          "t5"."part_id",
          "t5"."start",
          UNNEST("t5"."flags") AS "flag"
        FROM (
          SELECT
            *
          FROM "placed_spans" AS "t2"
          WHERE
            ARRAY_LENGTH("t2"."flags") > 0
        ) AS "t5"
      ) AS "t7"
    ) AS "t8"
  ) AS "t10"
  INNER JOIN "labels" AS "t3"
    ON "t10"."part_id" = "t3"."part_id"
) AS "t11";

-- result
--   indicator_id: string
--   start: date32[day]
--   pull_id: string
SELECT DISTINCT
  "t9"."indicator_id",
  "t9"."start",
  "t9"."pull_id"
FROM (
  SELECT
    "t3"."indicator_id",
    "t3"."part",
    "t3"."source",
    "t3"."metric",
    "t8"."start",
    "t8"."pull_id"
  FROM (
    SELECT DISTINCT
      *
    FROM (
      SELECT
        *
      FROM (
        SELECT
          "t1"."part_id",
          "t1"."start",
          "t1"."pull_id"
        FROM "placed_days" AS "t1"
        WHERE
          "t1"."value" IS NOT NULL
      ) AS "t4"
      UNION ALL
      SELECT
        *
      FROM (
        SELECT
          "t2"."part_id",
          "t2"."start",
          "t2"."pull_id"
        FROM "placed_spans" AS "t2"
        WHERE
          "t2"."value" IS NOT NULL
      ) AS "t5"
    ) AS "t6"
  ) AS "t8"
  INNER JOIN "labels" AS "t3"
    ON "t8"."part_id" = "t3"."part_id"
) AS "t9";

-- result
--   indicator_id: string
--   part: string
--   source: string
--   metric: string
--   entity: string
--   first: date32[day]
SELECT
  "t1"."indicator_id",
  "t1"."part",
  "t1"."source",
  "t1"."metric",
  "t1"."entity",
  MIN("t1"."known_from") AS "first"
FROM (
  SELECT
    *
  FROM "reduced" AS "t0"
  WHERE
    "t0"."known_from" IS NOT NULL
) AS "t1"
GROUP BY
  1,
  2,
  3,
  4,
  5;

-- result
--   indicator_id: string
--   part: string
--   source: string
--   metric: string
--   entity: string
--   weekday: int64
--   mean: double
--   days: int64
WITH "t10" AS (
  SELECT
    "t9"."part_id",
    "t9"."entity",
    "t9"."own_entity",
    "t9"."items",
    "t9"."start",
    "t9"."span_start",
    "t9"."span_end",
    "t9"."first",
    "t9"."last",
    "t9"."value",
    "t9"."flags",
    "t9"."retrieved_at",
    "t9"."pull_id",
    "t9"."rollover",
    "t9"."reset",
    "t9"."implausible",
    "t9"."corrected"
  FROM (
    SELECT
      *
    FROM "placed_spans" AS "t2"
    WHERE
      "t2"."value" IS NOT NULL
      AND DATE_DIFF('DAY', "t2"."span_start", "t2"."span_end") = 1
  ) AS "t9"
  ANTI JOIN (
    SELECT
      "t3"."entity" AS "closed_entity",
      "t3"."day"
    FROM "closed" AS "t3"
  ) AS "t6"
    ON "t9"."first" = "t6"."day"
    AND (
      (
        "t6"."closed_entity" = ''
      ) OR (
        "t6"."closed_entity" = "t9"."own_entity"
      )
    )
)
SELECT
  "t4"."indicator_id",
  "t4"."part",
  "t4"."source",
  "t4"."metric",
  "t20"."entity",
  "t20"."weekday",
  "t20"."mean",
  "t20"."days"
FROM (
  SELECT
    "t18"."part_id",
    "t18"."entity",
    "t18"."weekday",
    AVG("t18"."value") AS "mean",
    COUNT(*) AS "days"
  FROM (
    SELECT
      *
    FROM (
      SELECT
        "t1"."part_id",
        "t1"."entity",
        CAST((
          DAYOFWEEK("t1"."day") + 6
        ) % 7 AS BIGINT) AS "weekday",
        "t1"."value"
      FROM "placed_days" AS "t1"
      WHERE
        "t1"."value" IS NOT NULL AND "t1"."closed" = 0
    ) AS "t7"
    UNION ALL
    SELECT
      *
    FROM (
      SELECT
        "t16"."part_id",
        "t16"."entity",
        "t16"."weekday",
        "t16"."value"
      FROM (
        SELECT
          *
        FROM (
          SELECT
            "t11"."part_id",
            "t11"."entity",
            CAST((
              DAYOFWEEK("t11"."first") + 6
            ) % 7 AS BIGINT) AS "weekday",
            "t11"."first",
            "t11"."value"
          FROM "t10" AS "t11"
          WHERE
            NOT (
              "t11"."items"
            )
        ) AS "t12"
        UNION ALL
        SELECT
          *
        FROM (
          SELECT
            *
          FROM (
            SELECT
              "t13"."part_id",
              "t13"."entity",
              "t13"."weekday",
              "t13"."first",
              SUM("t13"."value") AS "value"
            FROM (
              SELECT
                "t11"."part_id",
                "t11"."entity",
                "t11"."own_entity",
                "t11"."items",
                "t11"."start",
                "t11"."span_start",
                "t11"."span_end",
                "t11"."first",
                "t11"."last",
                "t11"."value",
                "t11"."flags",
                "t11"."retrieved_at",
                "t11"."pull_id",
                "t11"."rollover",
                "t11"."reset",
                "t11"."implausible",
                "t11"."corrected",
                CAST((
                  DAYOFWEEK("t11"."first") + 6
                ) % 7 AS BIGINT) AS "weekday"
              FROM "t10" AS "t11"
              WHERE
                "t11"."items"
            ) AS "t13"
            GROUP BY
              1,
              2,
              3,
              4
          ) AS "t14"
        ) AS "t15"
      ) AS "t16"
    ) AS "t17"
  ) AS "t18"
  GROUP BY
    1,
    2,
    3
) AS "t20"
INNER JOIN "labels" AS "t4"
  ON "t20"."part_id" = "t4"."part_id";
